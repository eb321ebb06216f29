import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { valueAt } from '#model/place.ts'
import { parseCidr, addressText } from '#network/addresses.ts'
import { compilePublished } from '#network/compile-policies.ts'
import { makeAnswers } from '#network/policies/answers.ts'
import { hasPorts, type PortAtoms } from '#network/ports.ts'
import type { Deviation, Peer } from '#network/policy-layer.ts'
import type { Protocol, RuleReference } from '#network/question.ts'

interface Published {
  readonly verdict: ReturnType<typeof makeAnswers>['verdict']
  readonly ports: PortAtoms
}

const published = new WeakMap<ClusterPolicies, Published>()

function publishedOf(policies: ClusterPolicies): Published {
  const known = published.get(policies)
  if (known !== undefined) return known
  const compiled = compilePublished(policies.input)
  const made = { verdict: makeAnswers(compiled).verdict, ports: compiled.ports }
  published.set(policies, made)
  return made
}

/** Pairs and ports that are asked about before a deviation is believed without one. */
const mostQuestions = 200_000

/**
 * Whether a pod of now is treated otherwise than the policies say, by all of them together: what one policy loses another may still say. Pods that
 * nothing tells apart are asked about once.
 */
export function isFelt(policies: ClusterPolicies, deviation: Deviation): boolean {
  const { direction, error } = deviation
  if (direction === undefined) return true
  const layer = policies.layer()
  const { verdict, ports } = publishedOf(policies)
  const own = representatives(policies, deviation.pods)
  const others = representatives(policies, undefined)
  const peers: readonly Peer[] = [...others.map(pod => ({ pod })), ...addressesOf(policies, [deviation.at, ...deviation.with])]
  const asked = portsOf(layer.ports, ports)
  let left = mostQuestions
  for (const pod of own) {
    for (const peer of peers) {
      if ('pod' in peer && peer.pod === pod) continue
      for (const [protocol, port] of asked) {
        if (left-- === 0) return true
        const [enforced, meant] = [layer.verdict(direction, pod, peer, protocol, port), verdict(direction, pod, peer, protocol, port)]
        if (enforced === meant || enforced === 'unknown' || meant === 'unknown') continue
        if (error === 'unpredictable' || (error === 'opens') === (enforced === 'allow')) return true
      }
    }
  }
  return false
}

/** A pod of each class, or of each class that has one of these. Pods of the host network are peers in a way of their own. */
function representatives(policies: ClusterPolicies, pods: readonly string[] | undefined): string[] {
  const layer = policies.layer()
  if (pods === undefined)
    return layer.classes.flatMap(({ pods: [first], unenforced }) => (first === undefined || unenforced === 'host-network' ? [] : [first]))
  const byClass = new Map(pods.map(pod => [layer.classOf(pod)?.id ?? -1, pod]))
  return [...byClass.values()]
}

/** The first address of each block that the rules name. */
function addressesOf({ find }: ClusterPolicies, rules: readonly RuleReference[]): Peer[] {
  return rules.flatMap(({ kind, id, path }) => {
    const rule = valueAt(find(kind, id)?.body, path.slice(0, 3)) as
      | { readonly to?: readonly { readonly networks?: readonly string[] }[] }
      | undefined
    const blocks = (rule?.to ?? []).flatMap(({ networks = [] }) => networks.flatMap(text => parseCidr(text) ?? []))
    return blocks.map(block => ({ address: addressText(block) }))
  })
}

/** A port of each atom of either. */
function portsOf(...atoms: readonly PortAtoms[]): (readonly [Protocol, number])[] {
  const found = new Map<string, readonly [Protocol, number]>()
  for (const each of atoms) {
    for (let atom = 0; atom < each.count; atom++) {
      const range = each.range(atom)
      if (range !== undefined && hasPorts(range.protocol)) found.set(`${range.protocol} ${range.from}`, [range.protocol, range.from])
    }
  }
  return [...found.values()]
}
