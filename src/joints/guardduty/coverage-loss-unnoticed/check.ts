import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isOn, runtimeMonitoring } from '../detector.ts'
import { assertRead, coverageLost, ruleWays } from '../publishing.ts'

export default defineCheck({
  id: 'guardduty/coverage-loss-unnoticed',
  title: 'Nobody is told when the agent of a cluster fails',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/guardduty/Detector',
  reads: ['aws/events/Rule'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html',
    'https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-guardduty.html',
  ],

  test({ subject: detector, world }) {
    if (!isOn(detector)) return skip('the detector is off')
    const feature = runtimeMonitoring(detector)
    if (feature === undefined) return skip('runtime monitoring is off: guardduty/runtime-monitoring-off says so')
    const ways = ruleWays(world, detector, coverageLost(detector))
    const [open] = ways.open
    if (open !== undefined) return pass(open)
    assertRead(ways)
    return fail({
      message: `no rule takes GuardDuty Runtime Protection Unhealthy of detector ${detector.body.DetectorId} to anybody`,
      evidence: [feature.at('runtime monitoring is on'), ...ways.closed],
      effect: 'A cluster whose agent fails, or was made to fail, is silent, which looks as if all were well.',
      help: 'Make a rule on the default bus with the pattern {"source":["aws.guardduty"],"detail-type":["GuardDuty Runtime Protection Unhealthy"]} and a target that somebody reads.',
    })
  },
})
