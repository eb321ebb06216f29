import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { accessKinds, askAccess } from '#joints/access.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { podIdentityMechanism } from '#joints/access-pod-identity.ts'
import { baselineOf } from '#joints/baselines.ts'
import { defineCheck } from '#joints/define.ts'
import { controllerNeeds } from '#joints/irsa/controller-needs.ts'
import type { Need } from '#joints/irsa/need.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, hasPolicy } from '../association.ts'
import { assertKnown, decidedAt } from '../decided.ts'

/** On which resource it must be allowed the session policy may choose: that one of a kind is, nobody can tell here. */
const isSure = ({ any }: Need): boolean => any !== true

export default defineCheck({
  id: 'pod-identity/session-policy-too-narrow',
  title: 'The session policy of an association takes away what its pods need',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: [...accessKinds, ...mechanismKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session',
  ],

  test({ subject: association, world }) {
    if (!hasPolicy(association)) return skip('the association has no session policy')
    const { clusterName: cluster, namespace, serviceAccount } = association.body
    const { partition = 'aws', account = '', region = '' } = parseArn(association.id) ?? {}
    const baseline = baselineOf(namespace, serviceAccount)
    // What they mount, secrets-store/read-denied and key-not-usable ask about, session policy and all.
    const needs = baseline === undefined ? [] : controllerNeeds(baseline, { partition, account, region, cluster }).filter(isSure)
    if (needs.length === 0) return skip('no known controller runs as it; what its pods mount, the checks of secrets-store follow')
    const { session } = podIdentityMechanism(world, association, undefined, [])
    if (session.is === 'refused') return skip(`its pods get no session: ${session.reason}`)
    if (session.is === 'unknown') throw new Unread(session.fact)

    const answers = needs.map(({ action, resource, context }) =>
      askAccess(world, session.caller, { action, resource, ...(context === undefined ? {} : { context }) }),
    )
    const lost = answers.filter(
      ({ decision }) => (decision.decidedBy?.layer ?? decision.missingLayer) === 'session' && decision.answer !== 'allow',
    )
    const [first, ...others] = lost
    if (first === undefined) {
      for (const answer of answers) if (answer.decision.answer === 'unknown') assertKnown(answer, session.caller.resource ?? association)
      return pass(association.at(['policy'], 'this takes away nothing that its pods surely need', 'key'))
    }
    const actions = [...new Set(lost.map(({ request }) => request.action))]
    const more =
      others.length === 0 || actions.length === 1 ? '' : ` and ${actions.length - 1} more ${actions.length === 2 ? 'action' : 'actions'}`
    return fail({
      message: `the session policy of the association of ${accountText(association.body)} does not let its pods do ${first.request.action}${more}, which ${baseline?.title ?? 'the controller'} cannot do without`,
      evidence: [
        decidedAt(first, 'this Deny matches it') ?? association.at(['policy'], `nothing here allows ${first.request.action}`, 'key'),
      ],
      effect: 'EKS hands out credentials, and every such call is denied, whatever the policies of the role allow.',
      help: `Allow ${actions.join(', ')} in the session policy as well: pods may do what both it and the role allow.`,
    })
  },
})
