import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass } from '#model/verdict.ts'
import { hiddenTypes } from '../suppression.ts'

export default defineCheck({
  id: 'guardduty/filter-hides-findings',
  title: 'A suppression rule archives severe findings about clusters',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/guardduty/Filter',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_filter-findings.html',
  ],

  test({ subject: filter }) {
    const hidden = hiddenTypes(filter)
    const [first] = hidden
    if (first === undefined)
      return pass(filter.at([filter.body.Action === undefined ? 'Name' : 'Action'], 'no whole type of severe findings is archived by it'))
    return fail({
      message: `filter ${filter.body.Name} archives ${hidden.length === 1 ? first.type : `${hidden.length} types of severe findings about clusters, ${first.type} among them`}`,
      evidence: [
        filter.at(['Action'], 'what matches is archived'),
        ...(filter.body.FindingCriteria === undefined ? [] : [filter.at(['FindingCriteria'], 'every finding of the type matches', 'key')]),
      ],
      effect: 'Archived findings are sent to no rule, no Security Hub and no bucket: nobody hears of the attack.',
      fix: {
        title: 'keep the filter, and archive nothing by it',
        safe: false,
        changes: [
          {
            target: targetOf(filter),
            edit: setting(filter, ['Action'], 'NOOP'),
            permissions: ['guardduty:UpdateFilter'],
            risk: 'Findings that the rule kept away arrive from now on. Narrow the rule to the case that was meant (an image, an address, a namespace) first.',
          },
        ],
      },
    })
  },
})
