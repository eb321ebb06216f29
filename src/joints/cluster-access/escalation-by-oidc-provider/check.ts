import { defineCheck } from '#joints/define.ts'
import { escalationKinds, escalationVerdict } from '../escalation.ts'
import { findProviderWrites } from '../provider-writes.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-oidc-provider',
  title: 'A role that pods get may open stronger roles to other tokens by an OIDC provider',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds, 'aws/iam/OpenIDConnectProvider'],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html',
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html',
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'may',
      effect:
        'Whoever gets into one of its pods makes AWS accept tokens that it refuses today, and who has such a token is the stronger role.',
      help: 'Take the action away, or limit it by Resource to the providers that it must manage; and take providers that are gone out of trust policies, and name the audience in the others.',
    }
    return escalationVerdict(world, role, say, search => findProviderWrites(world, search, role))
  },
})
