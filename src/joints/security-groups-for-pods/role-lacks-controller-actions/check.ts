import { accessKinds, askAccess, type AccessAnswer, type AccessReader } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { assertKnown, decidedAt, isDenied } from '../../pod-identity/decided.ts'

/** AWS's policy for it. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSVPCResourceController.html */
const policyName = 'AmazonEKSVPCResourceController'
const onInterfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:CreateNetworkInterfacePermission',
  'ec2:AttachNetworkInterface',
  'ec2:DetachNetworkInterface',
  'ec2:ModifyNetworkInterfaceAttribute',
  'ec2:DeleteNetworkInterface',
]
/** The controller tags every interface that it makes so, and its policy asks for the tag. */
const ownTag = { 'ec2:ResourceTag/eks:eni:owner': 'eks-vpc-resource-controller' }

export default defineCheck({
  id: 'security-groups-for-pods/role-lacks-controller-actions',
  title: 'The role of the cluster may not make the network interfaces of pods',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...accessKinds, 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-pods-deployment.html',
    'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSVPCResourceController.html',
  ],

  test({ subject: role, world }) {
    const cluster = world.seen('aws/eks/Cluster').find(({ body }) => body.roleArn === role.id)
    if (cluster === undefined) {
      if (world.seen('aws/eks/Cluster').length === 0) world.list('aws/eks/Cluster')
      return skip('not the role of a cluster')
    }
    const answers = askedOfInterfaces(world, role, cluster)
    const denied = answers.filter(isDenied)
    const [first] = denied
    if (first === undefined) {
      for (const answer of answers) assertKnown(answer, role)
      return pass(...answers.flatMap(answer => decidedAt(answer, `this allows ${answer.request.action}`) ?? []).slice(0, 3))
    }
    const fix = attaching(role, denied)
    const actions = denied.map(({ request }) => request.action)
    return fail({
      message: `role ${role.body.RoleName} of cluster ${cluster.body.name} is not allowed ${actions.slice(0, 2).join(', ')}${actions.length > 2 ? ` and ${actions.length - 2} more` : ''}: ${first.decision.reason}`,
      evidence: [
        decidedAt(first, 'this Deny matches the call') ?? role.at(['RoleName'], `no policy that counts allows ${first.request.action}`),
        cluster.at(['roleArn'], 'the VPC resource controller calls EC2 with this role'),
      ],
      effect: 'EC2 refuses the controller (UnauthorizedOperation): nodes get no trunk interface, or pods no branch interface, and wait.',
      ...(fix === undefined ? { help: `Allow what is refused, as ${policyName} does: ${first.decision.reason}.` } : { fix }),
    })
  },
})

function askedOfInterfaces(
  world: AccessReader,
  role: Resource<'aws/iam/Role'>,
  cluster: Resource<'aws/eks/Cluster'>,
): readonly AccessAnswer[] {
  const [, partition = '', , region = '', account = ''] = cluster.id.split(':')
  // Any interface of the account.
  const resource = `arn:${partition}:ec2:${region}:${account}:network-interface/eni-00000000000000000`
  const caller = roleCaller(world, role)
  return onInterfaces.map(action => askAccess(world, caller, { action, resource, context: ownTag }))
}

/** Where nothing denies, and the role's own policies lack it. */
function attaching(role: Resource<'aws/iam/Role'>, denied: readonly AccessAnswer[]): Fix | undefined {
  if (!denied.every(({ decision }) => decision.answer === 'implicitDeny' && decision.missingLayer === 'identity')) return undefined
  const PolicyArn = `arn:${role.id.split(':')[1] ?? ''}:iam::aws:policy/${policyName}`
  const attached = role.body.AttachedManagedPolicies ?? []
  if (attached.some(policy => policy.PolicyArn === PolicyArn)) return undefined
  const resource = role as unknown as Resource
  const edit = setting(resource, ['AttachedManagedPolicies', attached.length], { PolicyName: policyName, PolicyArn })
  const risk = 'The cluster may then make, change and delete network interfaces of the account.'
  return {
    title: `attach ${policyName}`,
    safe: false,
    changes: [{ target: targetOf(resource), edit, permissions: ['iam:AttachRolePolicy'], risk }],
  }
}
