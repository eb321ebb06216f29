import { does } from '#joints/component-versions/define.ts'
import { secretsStoreDriver } from '#joints/component-versions/secrets-store.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { decidingEvidence, whyUnknown } from '../../irsa/pod-role.ts'
import { denialOf, remedyOf } from '../denials.ts'
import { driversIn, versionOf, versionedText } from '../installed.ts'
import { overAskers, storedKinds, wantedEvidence, wantedText } from '../over-wanted.ts'
import { isRead, readsOf } from '../reads.ts'
import { rotationSwitch } from '../rotation.ts'

export default defineCheck({
  id: 'secrets-store/describe-denied-for-rotation',
  title: 'The role may read the mounted secret and not describe it, which this version of the driver does before it rotates',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/403',
    'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.5.6/pkg/rotation/reconciler.go',
  ],

  test({ subject: workload, world }) {
    return overAskers(world, workload, (taken, asker) => {
      const [driver] = driversIn(world, workload.cluster)
      if (driver === undefined) return skip('the cluster has no driver: secrets-store/driver-missing says so')
      if (!rotationSwitch(driver).isOn) return skip('the driver does not rotate')
      if (!does(secretsStoreDriver, versionOf(driver), 'sends-mounted-versions'))
        return skip('this version of the driver never makes the provider describe a secret')
      const reads = readsOf(world, taken, asker, 'DescribeSecret')
      const judged = reads.filter(isRead).filter(({ wanted }) => wanted.version === undefined)
      const [first, ...rest] = judged.filter(read => read.judged.is === 'denied')
      if (first === undefined) {
        const fact = reads.find(each => !isRead(each))
        if (fact !== undefined && !isRead(fact)) return unknown(fact)
        const open = judged.find(read => read.judged.is === 'unknown')
        if (open !== undefined) throw whyUnknown(open.judged.answer, asker.role)
        const allowed = judged.flatMap(read => decidingEvidence(read.judged.answer, 'this allows secretsmanager:DescribeSecret') ?? [])
        return allowed.length === 0
          ? skip('it mounts no secret that exists')
          : pass(...allowed, driver.image('this version describes secrets before it rotates'))
      }
      const denial = denialOf(asker.role, first)
      return fail({
        message: `${denial.by} ${denial.verb} ${workload.name} secretsmanager:DescribeSecret on ${wantedText(first.wanted)}, which driver${versionedText(driver)} asks before it rotates`,
        evidence: [
          denial.at,
          wantedEvidence(taken, first.wanted, 'the class mounts it'),
          driver.image('versions before 1.6.0 describe a secret first'),
        ],
        effect:
          'The mount works and is never renewed: after the next rotation the pods go on with the old value, and their events say MountRotationFailed.',
        ...remedyOf(asker.role, [first, ...rest], `let role ${asker.role.body.RoleName} describe what ${workload.name} mounts`),
      })
    })
  },
})
