import { accessKinds, askAccess } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { assertKnown, decidedAt, isDenied } from '../decided.ts'
import { eksAuthAction, eksAuthFix, eksAuthQuestion, refusedAt } from '../eks-auth.ts'
import { nodeWithRole } from '../node-role.ts'

export default defineCheck({
  id: 'pod-identity/node-role-lacks-eks-auth',
  title: 'The role of a node may not ask EKS for the credentials of its pods',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...accessKinds, 'aws/ec2/Instance', 'aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/Node', 'k8s/Pod'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_auth_AssumeRoleForPodIdentity.html',
  ],

  test({ subject: role, world }) {
    const at = nodeWithRole(world, role)
    if (at === undefined) return skip('no node with this role runs pods that use Pod Identity')
    const { node, instance } = at
    const answer = askAccess(world, roleCaller(world, role), eksAuthQuestion(world, node))
    assertKnown(answer, role)
    const decided = decidedAt(answer, isDenied(answer) ? 'this Deny matches the call' : `this allows ${eksAuthAction}`)
    if (!isDenied(answer)) return pass(decided ?? role.at(['Arn'], 'may ask EKS for credentials'))

    const fix = eksAuthFix(role, answer)
    return fail({
      message: `role ${role.body.RoleName} of node ${node.body.metadata.name} is not allowed ${eksAuthAction} on its cluster: ${answer.decision.reason}`,
      evidence: [
        decided ?? refusedAt(role, answer),
        instance.at(['IamInstanceProfile', 'Arn'], 'the agent on this node calls EKS with the role'),
        node.at(['metadata', 'name'], 'the node'),
      ],
      effect: 'EKS refuses the agent (AccessDeniedException), so pods on nodes with this role get no AWS credentials through Pod Identity.',
      ...(fix === undefined ? { help: `Allow ${eksAuthAction} where it is refused: ${answer.decision.reason}.` } : { fix }),
    })
  },
})
