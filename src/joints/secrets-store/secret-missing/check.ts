import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { overWanted, storedKinds, wantedEvidence } from '../over-wanted.ts'
import { secretOf } from '../stored.ts'
import { secretsNamed } from '../secrets-named.ts'

export default defineCheck({
  id: 'secrets-store/secret-missing',
  title: 'Pods mount a secret that does not exist in the region and account where it is looked for',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secrets_manager_provider.go',
    'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      if (wanted.object.type !== 'secretsmanager') return skip('it mounts no secret')
      const secret = secretOf(world, wanted, home)
      if (secret !== undefined) return pass(secret.at(['ARN'], 'the secret that the class names'))
      const { name, region, isFailover } = wanted
      const others = secretsNamed(world, name)
      const where = `${isFailover ? 'failover region ' : ''}${region} of account ${name.startsWith('arn:') ? (name.split(':')[4] ?? '') : home.account}`
      return fail({
        message: `${workload.name} mounts secret ${name}, which does not exist in ${where}`,
        evidence: [
          wantedEvidence(taken, wanted, `no such secret in ${region}`),
          ...others.slice(0, 3).map(other => other.at(['ARN'], 'a secret of that name is here')),
        ],
        effect: `The pods wait in ContainerCreating: ${region}: Failed fetching secret ${name}: … Secrets Manager can't find the specified secret.`,
        help:
          others.length === 0
            ? `Make the secret in ${region}, or correct its name in SecretProviderClass ${taken.secretProviderClass.body.metadata.name}.`
            : `Name the secret by its whole ARN, and its region in parameters.region; of another account it also takes a policy of the secret and of its key.`,
      })
    })
  },
})
