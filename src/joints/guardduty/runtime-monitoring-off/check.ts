import { defineCheck } from '#joints/define.ts'
import { setting } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { activeDetector, detectorChange, fixOrAsk, managementEdit, namedFeature, runtimeMonitoring } from '../detector.ts'

export default defineCheck({
  id: 'guardduty/runtime-monitoring-off',
  title: 'GuardDuty does not look at what runs on the nodes',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/guardduty/Administrator', 'aws/guardduty/Detector'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring.html',
    'https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html',
  ],

  test({ subject: cluster, world }) {
    const detector = activeDetector(world, cluster)
    if (detector === undefined) return skip('GuardDuty is off in the region: guardduty/detector-off says so')
    const feature = runtimeMonitoring(detector)
    if (feature !== undefined) return pass(feature.at(`${feature.name} is on`))
    const [current, legacy] = [namedFeature(detector, 'RUNTIME_MONITORING'), namedFeature(detector, 'EKS_RUNTIME_MONITORING')]
    const off = [current?.at('it is off'), legacy?.at(current === undefined ? 'it is off' : 'so is the older one')].flatMap(
      evidence => evidence ?? [],
    )
    const first = off[0] ?? detector.at(['DetectorId'], 'it is off')
    const risk =
      'GuardDuty charges for each vCPU that it monitors, installs its agent on every cluster of the account that has no tag GuardDutyManaged=false, and makes an endpoint in their VPCs.'
    return fail({
      message: `detector ${detector.body.DetectorId} has runtime monitoring off, so nobody sees what runs on the nodes of cluster ${cluster.body.name}`,
      evidence: [first, ...off.slice(1), cluster.at(['name'], 'the cluster is in the region of the detector')],
      effect:
        'A reverse shell, a miner or an escape from a container gives no finding: the audit log shows only what goes through the API server.',
      ...(current === undefined
        ? {
            help: 'The region offers EKS_RUNTIME_MONITORING alone: switch it on with EKS_ADDON_MANAGEMENT by aws guardduty update-detector.',
          }
        : fixOrAsk(world, detector, {
            title: 'switch RUNTIME_MONITORING on and let GuardDuty install its agent',
            safe: false,
            changes: [
              detectorChange(detector, setting(detector, current.path, 'ENABLED'), risk),
              detectorChange(detector, managementEdit(detector, current, 'ENABLED'), risk),
            ],
          })),
    })
  },
})
