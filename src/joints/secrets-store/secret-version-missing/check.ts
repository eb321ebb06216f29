import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { overWanted, storedKinds, wantedEvidence } from '../over-wanted.ts'
import { secretOf } from '../stored.ts'

export default defineCheck({
  id: 'secrets-store/secret-version-missing',
  title: 'Pods mount a version of a secret that has no value',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secrets_manager_provider.go',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      if (wanted.object.type !== 'secretsmanager') return skip('it mounts no secret')
      const secret = secretOf(world, wanted, home)
      if (secret === undefined) return skip('the secret does not exist: secrets-store/secret-missing says so')
      const { VersionIdsToStages: versions, Name } = secret.body
      const { version, label = version === undefined ? 'AWSCURRENT' : undefined } = wanted
      if (versions === undefined) {
        // A secret without any value has no versions in its description.
        const isDescribed = secret.body.CreatedDate !== undefined && secret.body.LastChangedDate !== undefined
        if (!isDescribed)
          throw new Unread({
            kind: secret.kind,
            id: secret.id,
            reason: 'the secret was listed without its versions',
            settle: { by: 'iam', action: 'secretsmanager:DescribeSecret' },
          })
      }
      const known = Object.entries(versions ?? {})
      const isLabelled = (stages: readonly string[] | undefined) => label === undefined || stages?.includes(label) === true
      const found = known.find(([id, stages]) => (version === undefined || id === version) && isLabelled(stages))
      if (found !== undefined) return pass(secret.at(['VersionIdsToStages', found[0]], 'the version that is mounted'))
      // Versions without a label are not in the description; they may be there until Secrets Manager clears them away.
      if (label === undefined)
        throw new Unread({
          kind: secret.kind,
          id: secret.id,
          reason: `whether version ${version ?? ''} is still there: it has no label`,
          settle: { by: 'user', step: 'aws secretsmanager list-secret-version-ids --include-deprecated' },
        })
      const what = version === undefined ? `label ${label}` : `version ${version} with label ${label}`
      return fail({
        message: `${workload.name} mounts ${what} of secret ${Name}, which has no such value`,
        evidence: [
          wantedEvidence(taken, wanted, `asks for ${what}`),
          known.length === 0
            ? secret.at(['Name'], 'it has no value at all')
            : secret.at(['VersionIdsToStages'], 'the versions and labels that it has'),
        ],
        effect: `The pods wait in ContainerCreating: Secrets Manager can't find the specified secret value for ${version === undefined ? `staging label: ${label}` : `VersionId: ${version}`}.`,
        help:
          known.length === 0
            ? 'Put a value into the secret.'
            : 'Leave objectVersion and objectVersionLabel out of the class, so that AWSCURRENT is mounted, or name one that the secret has.',
      })
    })
  },
})
