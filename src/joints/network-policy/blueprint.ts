import { definePart, type BlueprintPart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { flowsOf, nameOf } from '#joints/blueprint-flows.ts'
import type { BlueprintPods } from '#joints/blueprint-pods.ts'
import { isOwned, ownerLabels } from '#model/owner.ts'
import { policyEngineOf } from '#joints/policy-engine.ts'
import type { Proposal } from '#joints/proposal.ts'
import { shortened } from '#joints/role-name.ts'
import { Unread, UserError } from '#base/errors.ts'
import type { Blueprint, BlueprintWorkload } from '#model/blueprint.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { Reader } from '#model/world.ts'
import { fargateProfileLabel } from '#network/aws/platform.ts'
import { enforcementKinds, enforcementProposals } from './enforcement-proposals.ts'
import { foreignPolicies } from './foreign-policies.ts'
import { ownPolicy, ownPolicyKinds, type OwnPolicy, type Scene } from './own-policy.ts'

const kinds = [...ownPolicyKinds, ...enforcementKinds, 'k8s/networking.k8s.aws/ClusterNetworkPolicy'] as const
type PolicyReader = Reader<(typeof kinds)[number]>

/** One NetworkPolicy for each workload of which flows are declared, and an engine that enforces it. */
export default {
  joint: 'network-policy',
  parts: blueprint => {
    const parts = blueprint.workloads.filter(workload => isAbout(blueprint, workload)).map(workload => policyPart(blueprint, workload))
    return blueprint.workloads.some(({ network }) => network?.from !== undefined || network?.to !== undefined)
      ? [definePart({ about: 'network policies', reads: enforcementKinds, propose: enforcementProposals }), ...parts]
      : parts
  },
} satisfies JointBlueprint

function isAbout(blueprint: Blueprint, workload: BlueprintWorkload): boolean {
  const { from, to, impliedFrom, impliedTo } = flowsOf(blueprint, workload)
  return from !== undefined || to !== undefined || impliedFrom.length + impliedTo.length > 0
}

const policyPart = (blueprint: Blueprint, workload: BlueprintWorkload): BlueprintPart =>
  definePart({
    about: nameOf(workload),
    reads: kinds,
    propose: (world, cluster) => {
      const own = ownPolicy({ world, cluster, blueprint }, workload)
      return own === undefined ? [] : policyProposals(world, { world, cluster, blueprint }, workload, own)
    },
  })

function policyProposals(world: PolicyReader, { cluster }: Scene, workload: BlueprintWorkload, own: OwnPolicy): readonly Proposal[] {
  const { namespace, serviceAccount } = workload
  const scope = { cluster: cluster.body.name }
  assertEnforced(workload, own.pods)
  const foreign = foreignPolicies(world, scope.cluster, own.pods)
  if (foreign.length === 0) assertOtherDirection(world, scope.cluster, workload, own)
  const name = shortened(`mortise-${serviceAccount}`, longest)
  const id = `${namespace}/${name}`
  const policy = world.find('k8s/NetworkPolicy', id, scope)
  const facts = { makes: 'network-policy: traffic', ...(own.because.length === 0 ? {} : { because: own.because.join('; ') }) }
  const risk = riskOf(
    own,
    foreign.map(each => each.id),
  )
  if (policy === undefined) {
    const body = { metadata: { name, namespace, labels: ownerLabels }, spec: own.spec }
    const target = { kind: 'k8s/NetworkPolicy', id, scope } as const
    const change: Change = { target, edit: { do: 'create', body }, permissions: ['create networkpolicies'], risk }
    return [{ ...facts, change, title: `let only what is declared ${wayOf(own)} the pods of ${nameOf(workload)}` }]
  }
  if (!isOwned(policy.body)) throw new UserError('NOT_OURS', `NetworkPolicy ${id} is somebody else's`, { help: 'Rename it, or delete it.' })
  if (sameValue(policy.body.spec, own.spec)) return []
  const change: Change = {
    target: targetOf(policy),
    edit: setting(policy, ['spec'], own.spec),
    permissions: ['update networkpolicies'],
    risk,
  }
  return [{ ...facts, change, title: `let what is declared now ${wayOf(own)} the pods of ${nameOf(workload)}` }]
}

/** Those of AWS's controller are named after it, with six characters more. */
const longest = 247

function wayOf({ spec: { policyTypes = [] } }: OwnPolicy): string {
  if (policyTypes.length === 2) return 'into and out of'
  return policyTypes[0] === 'Ingress' ? 'into' : 'out of'
}

function riskOf({ egress }: OwnPolicy, foreign: readonly string[]): string {
  const closed = 'What is not declared is closed; connections that are open may go on.'
  const unreachable = egress?.unreachable ?? []
  const reads =
    unreachable.length === 0
      ? ''
      : ` Its pods do not reach ${unreachable.join(' and ')} any more, from which it reads: make a VPC endpoint, or declare internet:443.`
  const more =
    foreign.length === 0
      ? ''
      : ` NetworkPolicy ${foreign.join(', ')} ${foreign.length === 1 ? 'selects' : 'select'} its pods too, and what ${foreign.length === 1 ? 'that lets' : 'those let'} through stays open.`
  return `${closed}${reads}${more}`
}

/** https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html#cni-network-policy-considerations */
function assertEnforced({ where, ...workload }: BlueprintWorkload, { workloads }: BlueprintPods): void {
  const bare = workloads.find(({ resource }) => resource.kind === 'k8s/Pod')
  const onFargate = workloads.find(({ seenPods }) => seenPods.some(({ body }) => body.metadata.labels?.[fargateProfileLabel] !== undefined))
  const why =
    bare !== undefined
      ? `${bare.name} is of no Deployment or the like`
      : onFargate !== undefined
        ? `${onFargate.name} runs on Fargate`
        : undefined
  if (why !== undefined) throw new UserError('BAD_BLUEPRINT', `no policy is enforced on the pods of ${nameOf(workload)}: ${why}`, { where })
}

/**
 * AWS's engine opens the direction of which the first policy of a pod says nothing, whatever strict mode or a baseline said of it.
 * https://github.com/aws/amazon-vpc-cni-k8s/issues/3068
 */
function assertOtherDirection(
  world: PolicyReader,
  cluster: string,
  workload: BlueprintWorkload,
  { spec: { policyTypes = [] } }: OwnPolicy,
): void {
  if (policyTypes.length === 2) return
  const other = policyTypes[0] === 'Ingress' ? 'egress' : 'ingress'
  const { mode } = policyEngineOf(world, cluster)
  if ('unread' in mode) throw new Unread(mode.unread)
  const baseline = world
    .list('k8s/networking.k8s.aws/ClusterNetworkPolicy', { cluster })
    .find(({ body: { spec } }) => spec?.tier === 'Baseline' && (spec[other] ?? []).length > 0)
  const closing =
    mode.value === 'strict'
      ? 'the strict mode of network policies'
      : baseline === undefined
        ? undefined
        : `ClusterNetworkPolicy ${baseline.id}`
  if (closing === undefined) return
  throw new UserError('BAD_BLUEPRINT', `a policy of one direction would open ${other} of ${nameOf(workload)}, which ${closing} closes`, {
    where: workload.network?.where ?? workload.where,
    help: 'declare both from and to',
  })
}
