import type { PolicyDocument } from './document.ts'
import { podIdentifier, type PodRecord } from './pod-record.ts'

/** Policies by their positions, ascending. */
export type PolicySet = readonly number[]

/**
 * Which policies are in force on a pod: one of these sets. More than one when it depends on the order in which things happened, which the objects
 * do not say. `siblings` are pods that share its tables and are not selected alike.
 */
export interface InForce {
  readonly variants: readonly PolicySet[]
  readonly siblings: readonly string[]
}

/**
 * AWS's agent keeps one set of tables for all pods of a node whose names agree up to the last dash, and remembers policies under that name
 * whatever node the selected pod is on. Pods of one node share the union of the policies that select any of them. A policy that selects only a
 * pod of that name on another node joins in when something of the agent's node is written after it.
 * https://github.com/aws/aws-network-policy-agent/blob/c8619c0/controllers/policyendpoints_controller.go deriveTargetPodsForParentNP
 */
export function policiesInForce(
  pods: Iterable<PodRecord>,
  selectedBy: ReadonlyMap<string, PolicySet>,
  policies: readonly PolicyDocument[],
): Map<string, InForce> {
  const result = new Map<string, InForce>()
  const plain = new Map<PolicySet, InForce>()
  const inForceOf = (set: PolicySet): InForce => {
    const known = plain.get(set) ?? { variants: [set], siblings: [] }
    plain.set(set, known)
    return known
  }
  for (const group of groupsOf(pods)) {
    const [first] = group
    const alone = selectedBy.get(first!.id) ?? []
    if (group.every(pod => selectedBy.get(pod.id) === alone)) {
      const inForce = inForceOf(alone)
      for (const pod of group) result.set(pod.id, inForce)
    } else placeGroup(group, selectedBy, policies, result)
  }
  return result
}

export function groupsOf(pods: Iterable<PodRecord>): PodRecord[][] {
  const groups = new Map<string, PodRecord[]>()
  for (const pod of pods) {
    if (pod.hostNetwork) continue
    const key = podIdentifier(pod)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [pod])
    else group.push(pod)
  }
  return [...groups.values()]
}

export function placeGroup(
  group: readonly PodRecord[],
  selectedBy: ReadonlyMap<string, PolicySet>,
  policies: readonly PolicyDocument[],
  result: Map<string, InForce>,
): void {
  const own = (pod: PodRecord): PolicySet => selectedBy.get(pod.id) ?? []
  // A pod without an address is not told to agents. Those of other nodes pass over one that has its host's address, as those of Fargate do; but not
  // where the cluster's policies are read.
  const brings = (pod: PodRecord): PolicySet => {
    if (pod.address === undefined) return []
    return hasAddressOfHost(pod) ? own(pod).filter(policy => policies[policy]!.tier !== 'namespace') : own(pod)
  }
  const byNode = new Map<string, PodRecord[]>()
  // A pod without a node may come to any.
  for (const pod of group) byNode.set(pod.node ?? ` ${pod.id}`, [...(byNode.get(pod.node ?? ` ${pod.id}`) ?? []), pod])
  for (const local of byNode.values()) {
    const here = union(local.map(own))
    const elsewhere = group.filter(pod => !local.includes(pod))
    const more = union(elsewhere.map(brings)).filter(policy => !here.includes(policy))
    const variants = more.length === 0 ? [here] : variantsOf(here, more, local, elsewhere, brings, policies)
    for (const pod of local) {
      const others = more.length === 0 ? local : [...local, ...elsewhere.filter(each => brings(each).some(policy => more.includes(policy)))]
      const siblings = others.filter(each => each !== pod && own(each).join() !== own(pod).join()).map(each => each.id)
      result.set(pod.id, { variants, siblings })
    }
  }
}

const hasAddressOfHost = ({ address, hostAddress, unenforced }: PodRecord): boolean =>
  unenforced === 'fargate' || (address !== undefined && hostAddress?.family === address.family && hostAddress.value === address.value)

const union = (sets: readonly PolicySet[]): PolicySet => [...new Set(sets.flat())].sort((a, b) => a - b)

/** Policies of a namespace and of the cluster are kept apart by the agent, so each goes its own way. */
function variantsOf(
  here: PolicySet,
  more: PolicySet,
  local: readonly PodRecord[],
  elsewhere: readonly PodRecord[],
  own: (pod: PodRecord) => PolicySet,
  policies: readonly PolicyDocument[],
): PolicySet[] {
  const isCluster = (policy: number) => policies[policy]!.tier !== 'namespace'
  const choices = [false, true].map(cluster => {
    const extra = more.filter(policy => isCluster(policy) === cluster)
    const base = here.filter(policy => isCluster(policy) === cluster)
    if (extra.length === 0) return [base]
    const known = base.length === 0 ? settled(extra, local, elsewhere, own, policies) : undefined
    return known ?? someOf(extra).map(each => union([base, each]))
  })
  return choices[0]!.flatMap(namespaced => choices[1]!.map(clustered => union([namespaced, clustered])))
}

/** Any of them may have been known when the tables were written, alone or with others. Of many, those sets that are likeliest to differ. */
function someOf(policies: PolicySet): PolicySet[] {
  if (policies.length > 5)
    return [[], policies, ...policies.map(policy => [policy]), ...policies.map(policy => policies.filter(each => each !== policy))]
  return policies.reduce<PolicySet[]>((sets, policy) => [...sets, ...sets.map(set => [...set, policy])], [[]])
}

/**
 * Where no pod of the node is selected, the tables are written once, when the first of these pods starts, from what the agent knows then: nothing
 * of policies that are younger, everything of policies and selected pods that are older.
 */
function settled(
  extra: PolicySet,
  local: readonly PodRecord[],
  elsewhere: readonly PodRecord[],
  own: (pod: PodRecord) => PolicySet,
  policies: readonly PolicyDocument[],
): PolicySet[] | undefined {
  const started = local.map(pod => pod.created)
  const written = extra.map(policy => policies[policy]!.created)
  if (started.includes(undefined) || written.includes(undefined)) return undefined
  const known = (times: readonly (number | undefined)[]) => times.filter(time => time !== undefined)
  const [oldestPod, youngestPod] = [Math.min(...known(started)), Math.max(...known(started))]
  if (youngestPod < Math.min(...known(written))) return [[]]
  const siblings = elsewhere.filter(pod => own(pod).some(policy => extra.includes(policy))).map(pod => pod.created)
  if (siblings.includes(undefined)) return undefined
  return oldestPod > Math.max(...known(written), ...known(siblings)) ? [extra] : undefined
}
