import { Unread } from '#base/errors.ts'
import { decideTrust } from '#iam/web-identity.ts'
import { statementEvidence } from '#joints/access-layers.ts'
import { guardrailsOf, resourceControlOver, unreadResourceControl } from '#joints/access-organization.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath } from '../service-account.ts'
import { trustedToken } from '../trusted-token.ts'

export default defineCheck({
  id: 'irsa/resource-control-denies-token',
  title: 'A resource control policy keeps the tokens of a service account from their role',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role', 'aws/organizations/Organization', 'aws/organizations/Policy', 'aws/organizations/Target'],
  sources: [
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html',
    'https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/resource_control_policies',
  ],

  test({ subject: serviceAccount, world }) {
    const trusted = trustedToken(world, serviceAccount)
    if (typeof trusted === 'string') return skip(trusted)
    const { role, question, policy } = trusted
    const account = role.id.split(':')[4] ?? ''
    const decision = decideTrust(question, policy, resourceControlOver(world, role.id))
    const here = serviceAccount.at(annotationPath(annotation.roleArn), 'this service account asks for the role')
    if (decision.answer === 'allow') return pass(here)
    if (decision.answer === 'unknown') {
      const reason = `whether a resource control policy lets the token in: ${decision.reason}`
      throw new Unread(unreadResourceControl(world, role.id) ?? { kind: 'aws/organizations/Policy', reason })
    }

    const guardrails = guardrailsOf(world, account)
    const at = decision.decidedBy
    const level = guardrails.is === 'member' && at !== undefined ? guardrails.resourceControl?.[at.level ?? 0] : undefined
    const placed = at === undefined ? undefined : level?.policies[at.policy]
    return fail({
      message: `${placed?.name ?? 'a resource control policy'} denies sts:AssumeRoleWithWebIdentity on role ${role.body.RoleName} to the tokens of ${serviceAccount.id}`,
      evidence: [
        placed === undefined || at === undefined
          ? role.at(['Arn'], 'its account is denied')
          : statementEvidence(placed, at.statement, 'this Deny matches the token'),
        here,
      ],
      effect:
        'STS answers AccessDenied, as it does for a trust policy that does not match, and pods get no AWS credentials whatever the role says.',
      help: 'Callers with a token belong to no account and no organization: leave sts:AssumeRoleWithWebIdentity out of the statement, or except the cluster by its own claims.',
    })
  },
})
