import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isOn, knownAdministrator } from '../detector.ts'
import { assertRead, findingWays, publishingKinds } from '../publishing.ts'

export default defineCheck({
  id: 'guardduty/findings-published-nowhere',
  title: 'The findings of a detector go nowhere',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/guardduty/Detector',
  reads: ['aws/guardduty/Administrator', ...publishingKinds],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/securityhub-integration.html',
  ],

  test({ subject: detector, world }) {
    if (!isOn(detector)) return skip('the detector is off')
    const ways = findingWays(world, detector)
    const [open] = ways.open
    if (open !== undefined) return pass(open)
    assertRead(ways)
    world.find('aws/guardduty/Administrator', detector.body.Arn)
    const administrator = knownAdministrator(world, detector)
    if (administrator !== undefined)
      return skip(`account ${administrator} sees the findings too: whether they go on from there is read there`)
    return fail({
      message: `findings of detector ${detector.body.DetectorId} go nowhere: no rule with a target, no Security Hub and no export takes them`,
      evidence: [detector.at(['DetectorId'], 'the detector makes findings'), ...ways.closed],
      effect:
        'A finding stands in the console until somebody looks, and is gone after 90 days. Rules are of a region: one in another region takes none of these.',
      help: 'Make a rule on the default bus with the pattern {"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]} and a target that somebody reads, switch Security Hub on, or export findings to a bucket.',
    })
  },
})
