import { flowsOf, isSame, nameOf, type Flow } from '#joints/blueprint-flows.ts'
import { blueprintPods } from '#joints/blueprint-pods.ts'
import { egressKinds, egressOf } from '#joints/egress-needs.ts'
import { clusterPlace, placeOf } from '#joints/peer-places.ts'
import type { Proposal } from '#joints/proposal.ts'
import { Unread, UserError } from '#base/errors.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import { plannedIn } from '#model/planned-id.ts'
import type { Reader } from '#model/world.ts'
import { parseCidr } from '#network/addresses.ts'
import { addedRules, exactRules, type GroupRule } from './group-edits.ts'
import { groupIdFor, groupsOfVpc } from './own-group.ts'
import { groupsOfAccount, groupsOfDns, nodeGroups, peerGroupKinds, type GroupScene } from './peer-groups.ts'
import type { Group } from './pod-groups.ts'
import { probePorts } from './probe-ports.ts'

export const ownRuleKinds = [...peerGroupKinds, ...egressKinds] as const
export type RuleScene = GroupScene & { readonly world: Reader<(typeof ownRuleKinds)[number]> }

/** A rule that the group of a peer needs, so that the flow is open at its end too. */
interface PeerRule {
  readonly group: string
  readonly direction: 'ingress' | 'egress'
  readonly rule: GroupRule
}

interface Rules {
  readonly ingress: readonly GroupRule[]
  readonly egress: readonly GroupRule[]
  readonly peers: readonly PeerRule[]
  readonly because: readonly string[]
}

/**
 * What is missing for the group of a workload to let through what is declared, the kubelet's probes and DNS, and for the groups of its peers to let it
 * through as well. A group of Mortise's then has these rules alone; groups of somebody else's get what they lack.
 * @throws UserError `BAD_BLUEPRINT`, Unread
 */
export function ruleProposals(scene: RuleScene, workload: BlueprintWorkload): readonly Proposal[] {
  const { world, cluster } = scene
  const { account } = clusterPlace(cluster)
  const id = groupIdFor(world, cluster, workload)
  const group = groupNamed(scene, id)
  const { ingress, egress, peers, because } = rulesFor(scene, workload, id)
  const whole = blocksOfVpc(scene)
  const said = because.length === 0 ? {} : { because: because.join('; ') }
  const into = { title: `let what is declared into group ${nameOfGroup(group)}`, risk: '' }
  const out = { title: `let what is declared out of group ${nameOfGroup(group)}`, risk: '', ...said }
  const isOwn = (workload.network?.securityGroup?.id ?? 'own') === 'own'
  const risk = 'Everything that has the group gets the rule.'
  const own = isOwn
    ? [...exactRules(group, 'ingress', ingress, account, into), ...exactRules(group, 'egress', egress, account, out)]
    : [
        ...addedRules(group, 'ingress', ingress, { account, whole }, { ...into, risk }),
        ...addedRules(group, 'egress', egress, { account, whole }, { ...out, risk }),
      ]
  const byPeer = Map.groupBy(peers, ({ group: peer, direction }) => `${direction} ${peer}`)
  const others = [...byPeer.values()].flatMap(alike => {
    const [first] = alike
    return first === undefined
      ? []
      : peerProposals(
          scene,
          workload,
          first,
          alike.map(({ rule }) => rule),
          whole,
        )
  })
  return [...own, ...others]
}

function peerProposals(
  scene: RuleScene,
  workload: BlueprintWorkload,
  { group: id, direction }: PeerRule,
  rules: readonly GroupRule[],
  whole: Parameters<typeof addedRules>[3]['whole'],
): readonly Proposal[] {
  const group = groupNamed(scene, id)
  const isOfNodes = nodeGroups(scene).includes(id)
  const way = direction === 'ingress' ? 'into' : 'out of'
  const title = `let ${nameOf(workload)} ${direction === 'ingress' ? 'into' : 'be reached from'} group ${nameOfGroup(group)}`
  const reach = isOfNodes
    ? `The group is that of nodes: the rule opens the same ports ${way} every pod without a group of its own.`
    : `Everything that has the group gets the rule.`
  return addedRules(
    group,
    direction,
    rules,
    { account: clusterPlace(scene.cluster).account, whole },
    { title, risk: `Not made by Mortise. ${reach}` },
  )
}

const nameOfGroup = ({ body }: Group): string => body.GroupName ?? body.GroupId

function groupNamed({ world, cluster }: RuleScene, id: string): Group {
  const found = groupsOfVpc(world, cluster).find(({ body }) => body.GroupId === id)
  if (found !== undefined) return found
  // Whatever kept the group from being planned is said there.
  if (plannedIn(id) !== undefined) throw new Unread({ kind: 'aws/ec2/SecurityGroup', reason: 'the group of the pods could not be planned' })
  throw new UserError('BAD_BLUEPRINT', `security group ${id} is not in ${clusterPlace(cluster).vpc}, the VPC of the cluster`, {
    help: 'name the addresses behind it instead',
  })
}

function blocksOfVpc({ world, cluster }: RuleScene): Parameters<typeof addedRules>[3]['whole'] {
  const { account, region, vpc } = clusterPlace(cluster)
  const [network] = world.where('aws/ec2/Vpc', 'vpc', vpc, { account, region })
  return (network?.body.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock }) => parseCidr(CidrBlock ?? '') ?? [])
}

function rulesFor(scene: RuleScene, workload: BlueprintWorkload, id: string): Rules {
  const { world, cluster, blueprint } = scene
  const { from } = flowsOf(blueprint, workload)
  const egress = egressOf(world, cluster, blueprint, workload)
  if (from === undefined || egress === undefined) {
    throw new UserError('BAD_BLUEPRINT', `the group of ${nameOf(workload)} would close what is not declared`, {
      where: workload.network?.securityGroup?.where ?? workload.where,
      help: 'declare both from and to',
    })
  }
  const incoming = from.map(flow => ends(scene, flow, { id, workload }, 'ingress'))
  const outgoing = egress.flows.map(flow => ends(scene, flow, { id, workload }, 'egress'))
  const dns = dnsEnds(scene, id, workload)
  return {
    ingress: [...incoming.flatMap(({ own }) => own), ...probeRules(scene, workload)],
    egress: [...dns.own, ...outgoing.flatMap(({ own }) => own)],
    peers: [...incoming, ...outgoing, dns].flatMap(({ peers }) => peers),
    because: [...new Set([...from, ...egress.flows].flatMap(({ because }) => because ?? []))],
  }
}

interface Ends {
  readonly own: readonly GroupRule[]
  readonly peers: readonly PeerRule[]
}

interface Self {
  readonly id: string
  readonly workload: BlueprintWorkload
}

/** The rules of a flow in the own group, and in the group of its peer. */
function ends(scene: RuleScene, flow: Flow, { id, workload }: Self, direction: 'ingress' | 'egress'): Ends {
  const { peer, protocol, port, where } = flow
  const rule = (to: GroupRule['peer'], words: string): GroupRule => ({ protocol, port, peer: to, words })
  const opposite = direction === 'ingress' ? 'egress' : 'ingress'
  const both = (groups: readonly string[], words: string, isPlanned = false): Ends => ({
    own: groups.map(group => rule({ group }, words)),
    peers: isPlanned ? [] : groups.map(group => ({ group, direction: opposite, rule: rule({ group: id }, nameOf(workload)) })),
  })
  if (peer.is === 'workload') {
    // A group that this blueprint makes gets its rules from its own workload.
    const isPlanned = scene.blueprint.workloads.some(each => isSame(each, peer) && each.network?.securityGroup !== undefined)
    return both(groupsOfAccount(scene, peer, where), nameOf(peer), isPlanned)
  }
  if (peer.is === 'internet') return { own: [rule({ block: everywhere[clusterPlace(scene.cluster).family] }, 'internet')], peers: [] }
  const place = placeOf(scene.world, scene.cluster, { ...flow, peer })
  const words = peer.is === 'rds' ? `rds/${peer.name}` : peer.is === 'aws' ? `aws/${peer.service}` : peer.cidr
  // Every interface of a database has all its groups: a rule of one opens it.
  if (place.by === 'groups') return both(peer.is === 'rds' ? place.groups.slice(0, 1) : place.groups, words)
  if (place.prefixList !== undefined) return { own: [rule({ list: place.prefixList }, words)], peers: [] }
  return { own: place.blocks.map(block => rule({ block }, words)), peers: [] }
}

const everywhere = { 4: '0.0.0.0/0', 6: '::/0' } as const

/** https://docs.aws.amazon.com/eks/latest/userguide/security-groups-pods-deployment.html */
function dnsEnds(scene: RuleScene, id: string, workload: BlueprintWorkload): Ends {
  const groups = groupsOfDns(scene)
  const of = (group: string, words: string): readonly GroupRule[] =>
    (['UDP', 'TCP'] as const).map(protocol => ({ protocol, port: 53, peer: { group }, words }))
  return {
    own: groups.flatMap(group => of(group, 'DNS of the cluster')),
    peers: groups.flatMap(group => of(id, `DNS of ${nameOf(workload)}`).map(rule => ({ group, direction: 'ingress', rule }) as const)),
  }
}

/** In strict mode the kubelet comes from the interface of its node. */
function probeRules(scene: RuleScene, workload: BlueprintWorkload): readonly GroupRule[] {
  const { workloads } = blueprintPods(scene.world, scene.blueprint, workload, workload.where)
  const ports = [...new Set(workloads.flatMap(({ template }) => probePorts(template).map(({ port }) => port)))]
  return nodeGroups(scene).flatMap(group =>
    ports.map(port => ({ protocol: 'TCP' as const, port, peer: { group }, words: 'probes of the kubelet' })),
  )
}
