import { defineCheck } from '#joints/define.ts'
import { chainsFrom } from '../assume-role-chains.ts'
import { escalationKinds, escalationVerdict, gain, roleWithGain } from '../escalation.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-assume-role-chain',
  title: 'A role that pods get reaches a stronger role by assuming others',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining',
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'reaches by sts:AssumeRole',
      effect: 'Whoever gets into one of its pods is the last role of the chain, in another account too, and has everything that it may do.',
      help: 'Name in the trust policy of the last role only those who need it, or ask for an external id; and limit sts:AssumeRole of the first by Resource.',
    }
    return escalationVerdict(world, role, say, search => {
      for (const { roles, evidence } of chainsFrom(world, search, role)) {
        const last = roles.at(-1)
        if (last === undefined) continue
        const gained = gain(world, role, last)
        const before = roles.slice(0, -1).map(({ body }) => body.RoleName)
        const through = before.length === 0 ? '' : `, through ${before.join(' and ')}`
        if (gained.length > 0) search.found.push({ to: `${roleWithGain(last, gained)}${through}`, evidence })
      }
    })
  },
})
