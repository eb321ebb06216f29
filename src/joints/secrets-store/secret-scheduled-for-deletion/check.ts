import { defineCheck } from '#joints/define.ts'
import { removing, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { overWanted, storedKinds, wantedEvidence } from '../over-wanted.ts'
import { secretOf } from '../stored.ts'

export default defineCheck({
  id: 'secrets-store/secret-scheduled-for-deletion',
  title: 'Pods mount a secret that is scheduled for deletion',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html'],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      if (wanted.object.type !== 'secretsmanager') return skip('it mounts no secret')
      const secret = secretOf(world, wanted, home)
      if (secret === undefined) return skip('the secret does not exist: secrets-store/secret-missing says so')
      const { Name, DeletedDate } = secret.body
      if (DeletedDate === undefined) return pass(secret.at(['ARN'], 'the secret stays'))
      return fail({
        message: `${workload.name} mounts secret ${Name}, which is scheduled for deletion`,
        evidence: [
          secret.at(['DeletedDate'], 'it was deleted then, and can be restored until its recovery window ends'),
          wantedEvidence(taken, wanted, 'the class mounts it'),
        ],
        effect:
          "Pods that run keep the value that they have; new ones wait in ContainerCreating: You can't perform this operation on the secret because it was marked for deletion.",
        fix: {
          title: `restore secret ${Name}`,
          safe: false,
          changes: [
            {
              target: targetOf(secret),
              edit: removing(secret, ['DeletedDate']),
              permissions: ['secretsmanager:RestoreSecret'],
              risk: 'Whoever deleted the secret may have had a reason: ask before it is restored.',
            },
          ],
        },
      })
    })
  },
})
