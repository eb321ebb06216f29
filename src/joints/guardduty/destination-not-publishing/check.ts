import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'

const effects: Readonly<Record<string, string>> = {
  UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY: 'GuardDuty may not write to the bucket or not use the key, so findings are not kept there.',
  STOPPED: 'GuardDuty gave up writing, so findings are not kept there.',
}

export default defineCheck({
  id: 'guardduty/destination-not-publishing',
  title: 'The export of findings to a bucket does not work',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/guardduty/PublishingDestination',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html',
    'https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DescribePublishingDestination.html',
  ],

  test({ subject: destination }) {
    const { Status: status, DestinationProperties: properties } = destination.body
    if (status === 'PUBLISHING') return pass(destination.at(['Status'], 'findings are exported'))
    if (status === 'PENDING_VERIFICATION') return skip('GuardDuty is still trying the bucket')
    const [bucket, key] = [properties?.DestinationArn, properties?.KmsKeyArn]
    return fail({
      message: `findings are not exported to ${bucket ?? destination.id}: ${status ?? 'no status is told'}`,
      evidence: [
        destination.at([status === undefined ? 'DestinationId' : 'Status'], 'nothing is exported'),
        ...(bucket === undefined ? [] : [destination.at(['DestinationProperties', 'DestinationArn'], 'the bucket')]),
        ...(key === undefined ? [] : [destination.at(['DestinationProperties', 'KmsKeyArn'], 'its key')]),
      ],
      effect: effects[status ?? ''] ?? 'Findings are not kept in the bucket.',
      help: 'See that bucket and key exist and that their policies let guardduty.amazonaws.com write for this detector (docs/guide/joints/guardduty.md has both), then update the destination by aws guardduty update-publishing-destination.',
    })
  },
})
