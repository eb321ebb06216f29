import { defineCheck } from '#joints/define.ts'
import { setting } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { activeDetector, detectorChange, featureOf, fixOrAsk } from '../detector.ts'

export default defineCheck({
  id: 'guardduty/audit-logs-off',
  title: 'GuardDuty does not look at the audit logs of the clusters',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/guardduty/Administrator', 'aws/guardduty/Detector'],
  sources: ['https://docs.aws.amazon.com/guardduty/latest/ug/kubernetes-protection.html'],

  test({ subject: cluster, world }) {
    const detector = activeDetector(world, cluster)
    if (detector === undefined) return skip('GuardDuty is off in the region: guardduty/detector-off says so')
    const feature = featureOf(detector, 'EKS_AUDIT_LOGS')
    if (feature.isOn) return pass(feature.at('the audit log of every cluster in the region is looked at'))
    return fail({
      message: `detector ${detector.body.DetectorId} has EKS_AUDIT_LOGS off, so nobody reads the audit log of cluster ${cluster.body.name}`,
      evidence: [feature.at('EKS Protection is off'), cluster.at(['name'], 'the cluster is in the region of the detector')],
      effect:
        'Anonymous access, secrets read by an unusual caller, commands run in pods and privileged workloads give no finding. GuardDuty reads these logs by itself: whether EKS sends them to CloudWatch makes no difference.',
      ...fixOrAsk(world, detector, {
        title: 'switch EKS_AUDIT_LOGS on',
        safe: false,
        changes: [
          detectorChange(detector, setting(detector, feature.path, 'ENABLED'), 'GuardDuty charges for each million of audit events.'),
        ],
      }),
    })
  },
})
