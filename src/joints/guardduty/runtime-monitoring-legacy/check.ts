import { defineCheck } from '#joints/define.ts'
import { setting } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentManagement, detectorChange, fixOrAsk, isOn, managementEdit, namedFeature, runtimeMonitoring } from '../detector.ts'

export default defineCheck({
  id: 'guardduty/runtime-monitoring-legacy',
  title: 'Runtime monitoring is on under its older name',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/guardduty/Detector',
  reads: ['aws/guardduty/Administrator'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/migrating-from-eksrunmon-to-runtime-monitoring.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/guardduty-controls.html',
  ],

  test({ subject: detector, world }) {
    if (!isOn(detector)) return skip('the detector is off')
    const on = runtimeMonitoring(detector)
    if (on === undefined) return skip('runtime monitoring is off: guardduty/runtime-monitoring-off says so')
    const [current, legacy] = [namedFeature(detector, 'RUNTIME_MONITORING'), namedFeature(detector, 'EKS_RUNTIME_MONITORING')]
    if (legacy?.isOn !== true) return pass(on.at('runtime monitoring is on under its name'))
    const isBoth = current?.isOn === true
    const risk =
      'Send the two in requests of their own: GuardDuty refuses one that names both. The agent stays as it is, and clusters keep their coverage.'
    const status = agentManagement(detector, legacy).isOn ? 'ENABLED' : 'DISABLED'
    const enabling =
      current === undefined || isBoth
        ? []
        : [
            detectorChange(detector, setting(detector, current.path, 'ENABLED'), risk),
            detectorChange(detector, managementEdit(detector, current, status), risk),
          ]
    return fail({
      message: isBoth
        ? `detector ${detector.body.DetectorId} has both RUNTIME_MONITORING and EKS_RUNTIME_MONITORING on`
        : `detector ${detector.body.DetectorId} monitors EKS nodes by EKS_RUNTIME_MONITORING, which RUNTIME_MONITORING has replaced`,
      evidence: [
        legacy.at('the older feature is on'),
        ...(current === undefined ? [] : [current.at(isBoth ? 'and so is the newer' : 'the newer is off')]),
      ],
      effect: isBoth
        ? 'When the newer one is switched off the older goes on monitoring, and is charged for.'
        : 'Security Hub GuardDuty.11 and other tools that know the newer name report runtime monitoring as off, and EC2 instances and ECS tasks are not monitored.',
      ...(current === undefined
        ? { help: 'The region does not offer RUNTIME_MONITORING yet: keep the older one.' }
        : fixOrAsk(world, detector, {
            title: isBoth ? 'switch EKS_RUNTIME_MONITORING off' : 'move to RUNTIME_MONITORING',
            safe: false,
            changes: [...enabling, detectorChange(detector, setting(detector, legacy.path, 'DISABLED'), risk)],
          })),
    })
  },
})
