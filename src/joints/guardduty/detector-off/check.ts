import { defineCheck } from '#joints/define.ts'
import { setting } from '#model/change.ts'
import { fail, pass } from '#model/verdict.ts'
import { detectorChange, detectorOf, fixOrAsk, isOn } from '../detector.ts'
import { homeOf } from '../home.ts'

export default defineCheck({
  id: 'guardduty/detector-off',
  title: 'GuardDuty is off in the region of a cluster',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/guardduty/Administrator', 'aws/guardduty/Detector'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html',
  ],

  test({ subject: cluster, world }) {
    const detector = detectorOf(world, cluster)
    const { account, region } = homeOf(cluster)
    const effect =
      'Nobody watches the audit log of the cluster, its nodes or the credentials of its pods: an intruder is not noticed, and there are no findings to respond to.'
    if (detector === undefined)
      return fail({
        message: `cluster ${cluster.body.name} is in ${region}, where account ${account} has no GuardDuty detector`,
        evidence: [cluster.at(['arn'], 'the cluster is in this region')],
        effect,
        help: `Switch GuardDuty on in ${region} in the account that administers it for the organization, or with aws guardduty create-detector --enable --region ${region}.`,
      })
    if (isOn(detector)) return pass(detector.at(['Status'], 'GuardDuty is on here'))
    return fail({
      message: `cluster ${cluster.body.name} is in ${region}, where the detector of account ${account} is suspended`,
      evidence: [
        detector.at(detector.body.Status === undefined ? ['DetectorId'] : ['Status'], 'GuardDuty looks at nothing here'),
        cluster.at(['arn'], 'the cluster is in this region'),
      ],
      effect,
      ...fixOrAsk(world, detector, {
        title: 'switch the detector on',
        safe: false,
        changes: [
          detectorChange(detector, setting(detector, ['Status'], 'ENABLED'), 'GuardDuty charges for the events of every plan that is on.'),
        ],
      }),
    })
  },
})
