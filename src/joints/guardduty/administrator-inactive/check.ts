import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'

export default defineCheck({
  id: 'guardduty/administrator-inactive',
  title: 'A detector names an administrator account that no longer administers it',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/guardduty/Administrator',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Administrator.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_accounts.html',
  ],

  test({ subject }) {
    const { Administrator: administrator } = subject.body
    if (administrator === null) return skip('no account administers the detector')
    const status = administrator.RelationshipStatus
    const at = (label: string) => subject.at(['Administrator', status === undefined ? 'AccountId' : 'RelationshipStatus'], label)
    if (status?.toLowerCase() === 'enabled') return pass(at('the administrator sees its findings'))
    return fail({
      message: `account ${administrator.AccountId} is named as administrator of detector ${subject.body.DetectorArn}, and the relation is ${status ?? 'not told'}`,
      evidence: [at('the relation is not in force')],
      effect: 'The team that watches the administrator account no longer sees the findings of this region, nor can it switch plans on.',
      help: 'In the administrator account list the members of the region with aws guardduty list-members and associate this one anew; in an organization, see that the same delegated administrator is set in every region.',
    })
  },
})
