import { nameOf } from '#joints/blueprint-flows.ts'
import { blueprintPods, type BlueprintPods } from '#joints/blueprint-pods.ts'
import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { replacing } from '#joints/irsa/replace-pods.ts'
import type { Proposal } from '#joints/proposal.ts'
import { shortened } from '#joints/role-name.ts'
import { UserError } from '#base/errors.ts'
import type { Blueprint, BlueprintWorkload } from '#model/blueprint.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import { isOwned, ownerLabels } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { accountNameOf, associationOf } from '../pod-identity/association.ts'
import { podEniResource } from './branch-interface.ts'
import { eligibleNodes, instanceType } from './eligible-nodes.ts'
import { runsOnFargate } from './fargate.ts'
import { groupCreation, groupIdFor } from './own-group.ts'
import { ownRuleKinds, ruleProposals } from './own-group-rules.ts'
import { enforcingModeOf, podEniKinds, podEniProposals } from './pod-eni-proposals.ts'
import { probePorts } from './probe-ports.ts'
import { mayHaveTrunk } from './trunk-capable.ts'
import { selectedBy } from './workload-groups.ts'

const kinds = [...ownRuleKinds, ...podEniKinds] as const
type PolicyReader = Reader<(typeof kinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>
type Policy = Resource<'k8s/SecurityGroupPolicy'>

/** The groups of all workloads are there before their rules, which name each other, and the rules before pods have the groups. */
export default {
  joint: 'security-groups-for-pods',
  parts: blueprint => {
    const own = blueprint.workloads.filter(({ network }) => network?.securityGroup !== undefined)
    if (own.length === 0) return []
    const each = (propose: (world: PolicyReader, cluster: Cluster, workload: BlueprintWorkload) => readonly Proposal[]) =>
      own.map(workload =>
        definePart({ about: nameOf(workload), reads: kinds, propose: (world, cluster) => propose(world, cluster, workload) }),
      )
    return [
      definePart({
        about: 'interfaces of pods',
        reads: kinds,
        propose: (world, cluster) =>
          podEniProposals(
            world,
            cluster,
            own.some(workload => isProbed(world, blueprint, workload)),
          ),
      }),
      ...each(groupCreation),
      ...each((world, cluster, workload) => ruleProposals({ world, cluster, blueprint }, workload)),
      ...each((world, cluster, workload) => policyProposals(world, cluster, blueprint, workload)),
    ]
  },
} satisfies JointBlueprint

const isProbed = (world: PolicyReader, blueprint: Blueprint, workload: BlueprintWorkload): boolean =>
  blueprintPods(world, blueprint, workload, workload.where).workloads.some(({ template }) => probePorts(template).length > 0)

/** Names of Kubernetes. */
const longest = 253

/**
 * The policy that gives the pods their group, and the replacement of those that run: a group is given to a pod when it is made.
 * @throws UserError `BAD_BLUEPRINT` where pods could not have one, `NOT_OURS` where somebody else gives them groups; Unread
 */
function policyProposals(world: PolicyReader, cluster: Cluster, blueprint: Blueprint, workload: BlueprintWorkload): readonly Proposal[] {
  const pods = blueprintPods(world, blueprint, workload, workload.where)
  assertPossible(world, cluster, workload, pods)
  const { namespace, serviceAccount } = workload
  const scope = { cluster: cluster.body.name }
  const name = shortened(`mortise-${serviceAccount}`, longest)
  const id = `${namespace}/${name}`
  const policy = world.find('k8s/SecurityGroupPolicy', id, scope)
  if (policy !== undefined && !isOwned(policy.body))
    throw new UserError('NOT_OURS', `SecurityGroupPolicy ${id} is somebody else's`, { help: 'Rename it, or delete it.' })
  assertOnlyOurs(world, pods, id)
  const groupIds = [groupIdFor(world, cluster, workload)]
  const spec = { podSelector: { matchLabels: pods.labels }, securityGroups: { groupIds } }
  const made = policyChange(policy, id, { metadata: { name, namespace, labels: ownerLabels }, spec }, scope)
  const facts = { makes: 'security-groups-for-pods: policy' }
  const replaced = pods.workloads.flatMap(each => {
    const change = replacing(
      each,
      each.seenPods.filter(pod => lacksGroup(pod, made === undefined ? policy : undefined)),
    )
    return change === undefined
      ? []
      : [{ change, title: `replace the pods of ${each.name} in ${namespace}`, makes: 'security-groups-for-pods: interface' }]
  })
  return [
    ...(made === undefined ? [] : [{ ...facts, change: made, title: `give the pods of ${nameOf(workload)} their security group` }]),
    ...replaced,
  ]
}

function policyChange(
  policy: Policy | undefined,
  id: string,
  body: { readonly metadata: object; readonly spec: object },
  scope: { readonly cluster: string },
): Change | undefined {
  const risk = 'New pods wait until a node has an interface for them; those that run keep what they have.'
  if (policy === undefined) {
    const target = { kind: 'k8s/SecurityGroupPolicy', id, scope } as const
    return { target, edit: { do: 'create', body }, permissions: ['create securitygrouppolicies'], risk }
  }
  if (sameValue(policy.body.spec, body.spec)) return undefined
  return { target: targetOf(policy), edit: setting(policy, ['spec'], body.spec), permissions: ['update securitygrouppolicies'], risk }
}

/** A pod that was made before the policy, or that a policy is only now to select. */
function lacksGroup(pod: Resource<'k8s/Pod'>, policy: Policy | undefined): boolean {
  if (policy === undefined) return true
  if (pod.body.metadata.annotations?.[podEniResource] !== undefined) return false
  const [made, since] = [pod.body.metadata, policy.body.metadata].map(each => Date.parse(String(each?.creationTimestamp ?? '')))
  return made !== undefined && since !== undefined && made < since
}

function assertOnlyOurs(world: PolicyReader, { workloads }: BlueprintPods, own: string): void {
  const other = workloads.flatMap(workload => selectedBy(world, workload)?.policies ?? []).find(({ id }) => id !== own)
  if (other === undefined) return
  throw new UserError('NOT_OURS', `SecurityGroupPolicy ${other.id} gives the same pods groups, and groups of several policies add up`, {
    help: 'Delete it, or let it select other pods.',
  })
}

/** Pods that no node can give an interface would wait for ever. */
function assertPossible(world: PolicyReader, cluster: Cluster, workload: BlueprintWorkload, { workloads }: BlueprintPods): void {
  const where = workload.network?.securityGroup?.where ?? workload.where
  const fargate = workloads.find(runsOnFargate)
  if (fargate !== undefined)
    throw new UserError('BAD_BLUEPRINT', `${fargate.name} runs on Fargate, for which groups are not planned`, { where })
  for (const each of workloads) {
    const nodes = eligibleNodes(world, each)
    if (nodes.length === 0 || nodes.some(node => mayHaveTrunk(node) !== false)) continue
    const types = [...new Set(nodes.flatMap(node => instanceType(node) ?? []))].sort().join(', ')
    throw new UserError('BAD_BLUEPRINT', `no node that ${each.name} may run on (${types}) can give a pod an interface of its own`, {
      where,
      help: 'add nodes of a type with branch interfaces, such as m5, c6i or m7g',
    })
  }
  const hasAgent = associationOf(world, accountNameOf(cluster, workload)) !== undefined
  if (hasAgent && enforcingModeOf(world, cluster) !== 'standard') {
    throw new UserError(
      'BAD_BLUEPRINT',
      `in strict mode pods with groups of their own do not reach the agent of EKS Pod Identity, which ${nameOf(workload)} uses`,
      {
        where,
        help: 'use identity: irsa, or set POD_SECURITY_GROUP_ENFORCING_MODE of the VPC CNI to standard',
      },
    )
  }
}
