import { defineCheck } from '#joints/define.ts'
import { targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { instantOf } from '../instant.ts'

export default defineCheck({
  id: 'cluster-access/access-entry-stale-principal',
  title: 'An access entry is for a principal that was deleted, or made anew since',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/eks/AccessEntry',
  reads: ['aws/iam/Role', 'aws/iam/User'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html'],

  test({ subject: entry, world }) {
    const { principalArn, clusterName, createdAt } = entry.body
    const kind = /:iam::\d+:(role|user)\//.exec(principalArn)?.[1]
    if (kind === undefined) return skip('the principal is neither a role nor a user')
    const principal = kind === 'role' ? world.find('aws/iam/Role', principalArn) : world.find('aws/iam/User', principalArn)
    const named = entry.at(['principalArn'], principal === undefined ? `no such ${kind} exists` : 'EKS keeps the id of the one before')
    const effect = `The entry lets nobody in: EKS compares the unique id that the ${kind} had when the entry was made. A new ${kind} of this name is refused.`
    if (principal === undefined) {
      const changes = [
        {
          target: targetOf(entry),
          edit: { do: 'delete', body: entry.body } as const,
          permissions: ['eks:DeleteAccessEntry'],
          risk: `If the ${kind} is to come back, it needs a new entry, with the same groups and policies.`,
        },
      ]
      return fail({
        message: `access entry of cluster ${clusterName} is for ${kind} ${principalArn}, which does not exist`,
        evidence: [named],
        effect,
        fix: { title: 'delete the entry', safe: false, changes },
      })
    }
    const [made, entered] = [instantOf(principal.body.CreateDate), instantOf(createdAt)]
    if (made === undefined || entered === undefined) return pass(principal.at(['Arn'], 'the principal of the entry exists'))
    if (made <= entered) return pass(principal.at(['CreateDate'], 'the principal is older than its entry'))
    return fail({
      message: `access entry of cluster ${clusterName} is older than its ${kind} ${principalArn}`,
      evidence: [named, entry.at(['createdAt'], 'the entry was made then'), principal.at(['CreateDate'], `and the ${kind} after it`)],
      effect,
      help: 'Delete the access entry and create it again, with the same groups and policies: it then holds the id that the principal has now.',
    })
  },
})
