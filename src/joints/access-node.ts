import type { UnreadFact } from '#base/errors.ts'
import type { Context } from '#iam/request.ts'
import type { Resource } from '#model/resource.ts'
import { roleCaller, type Caller } from './access-caller.ts'
import { tried } from './access-documents.ts'
import type { Mechanism, MechanismReader, Step } from './access-mechanism.ts'
import { overlaid } from './access.ts'
import { instanceOf } from './node-instance.ts'

type Node = Resource<'k8s/Node'>
type Instance = Resource<'aws/ec2/Instance'>

/** What stands between a pod and the instance metadata service. */
export interface ReachFrom {
  readonly hostNetwork: boolean
}

/**
 * The role of a node's instance profile, which every process gets that reaches the metadata service.
 * @param from a pod of its own network; undefined asks for the node itself
 */
export function nodeMechanism(world: MechanismReader, node: Node, from: ReachFrom | undefined, steps: readonly Step[]): Mechanism {
  const here: readonly Step[] = [...steps, { text: `node ${node.body.metadata.name}`, at: node.at([], 'the pod runs here') }]
  const found = tried(() => instanceOf(world, node))
  if (found.is === 'unread') return open(here, found.fact)
  const instance = found.value
  if (instance === undefined) return none(here, `node ${node.body.metadata.name} is no EC2 instance, so it has no metadata service`)
  const closed = from === undefined ? undefined : whyClosed(instance, from)
  return closed === undefined ? profileRole(world, instance, here) : none(here, closed, instance)
}

const open = (steps: readonly Step[], fact: UnreadFact): Mechanism => ({ by: 'node', steps, session: { is: 'unknown', fact } })

const none = (steps: readonly Step[], reason: string, instance?: Instance): Mechanism => ({
  by: 'none',
  steps,
  session: {
    is: 'refused',
    reason,
    at: instance === undefined ? [] : [instance.at(['MetadataOptions'], 'how the metadata service may be reached')],
  },
})

/**
 * Why a pod does not reach the metadata service; undefined when it does, or may: only version 2's answer obeys the hop limit.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
function whyClosed(instance: Instance, { hostNetwork }: ReachFrom): string | undefined {
  const options = instance.body.MetadataOptions
  if (options?.HttpEndpoint === 'disabled') return 'the metadata service of its node is switched off'
  const needsToken = options?.HttpTokens === 'required'
  return !hostNetwork && needsToken && options.HttpPutResponseHopLimit === 1
    ? 'the hop limit of its node keeps pods from the metadata service'
    : undefined
}

function profileRole(world: MechanismReader, instance: Instance, steps: readonly Step[]): Mechanism {
  const profile = instance.body.IamInstanceProfile?.Arn
  if (profile === undefined) return none(steps, 'the instance of its node has no instance profile')
  const roles = tried(() => world.where('aws/iam/Role', 'instanceProfile', profile, { account: profile.split(':')[4] ?? '' }))
  if (roles.is === 'unread') return open(steps, roles.fact)
  const [role] = roles.value
  if (role === undefined) {
    return open(steps, {
      kind: 'aws/iam/Role',
      id: profile,
      reason: 'no role was read whose instance profile the node has',
      settle: { by: 'iam', action: 'iam:GetAccountAuthorizationDetails' },
    })
  }
  const further = [
    ...steps,
    { text: `role ${role.body.RoleName}`, at: instance.at(['IamInstanceProfile', 'Arn'], 'its instance profile holds the role') },
  ]
  return { by: 'node', roleArn: role.id, steps: further, session: { is: 'holds', caller: instanceCaller(world, role, instance) } }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-ec2instancesourcevpc */
function instanceCaller(world: MechanismReader, role: Resource<'aws/iam/Role'>, instance: Instance): Caller {
  const caller = roleCaller(world, role)
  const { InstanceId, VpcId, Arn } = instance.body
  const told: Context = {
    'aws:userid': role.body.RoleId === undefined ? { unknown: 'the id of the role was not read' } : `${role.body.RoleId}:${InstanceId}`,
    'aws:SourceIdentity': null,
    'aws:FederatedProvider': null,
    'aws:MultiFactorAuthPresent': null,
    'aws:MultiFactorAuthAge': null,
    'ec2:SourceInstanceARN': Arn,
    ...(VpcId === undefined ? {} : { 'aws:Ec2InstanceSourceVpc': VpcId }),
  }
  const [, , , region = '', account = ''] = Arn.split(':')
  return {
    ...caller,
    principal: {
      kind: 'roleSession',
      roleArn: role.id,
      sessionName: InstanceId,
      ...(role.body.RoleId === undefined ? {} : { uniqueId: role.body.RoleId }),
    },
    context: overlaid(caller.context, told),
    network: VpcId === undefined ? undefined : { vpc: VpcId, region, account },
    // Instance profiles pass no session tags.
    unlistedKeys: {
      absent: [
        'aws:principalservicename',
        'aws:username',
        ...(role.body.Tags === undefined && role.body.RolePolicyList === undefined ? [] : ['aws:principaltag/']),
      ],
    },
  }
}
