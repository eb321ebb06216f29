import type { Answer, LayerAnswer, LayerName, PathAnswer } from './question.ts'

type Verdict = PathAnswer['verdict']

/** A deny beats an unknown, which beats an allow. */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('deny')) return 'deny'
  return verdicts.includes('unknown') ? 'unknown' : 'allow'
}

/** From source to destination: policies, groups, ACLs and routes of the source, then of the destination the other way round. */
export function pathOf(policies: readonly LayerAnswer[], aws: readonly LayerAnswer[]): PathAnswer {
  const at = (layers: readonly LayerAnswer[], end: LayerAnswer['end']) => layers.filter(layer => layer.end === end)
  const layers = [...at(policies, 'source'), ...aws, ...at(policies, 'destination')]
  return { verdict: joinVerdicts(layers.map(({ verdict }) => verdict)), layers }
}

const kubernetes = new Set<LayerName>(['networkPolicy', 'clusterNetworkPolicy'])
export const isKubernetesLayer = ({ layer }: LayerAnswer): boolean => kubernetes.has(layer)

const names: Readonly<Record<LayerName, string>> = {
  networkPolicy: 'NetworkPolicy',
  clusterNetworkPolicy: 'ClusterNetworkPolicy',
  securityGroup: 'security groups',
  nacl: 'network ACLs',
  route: 'the route',
}

/** What decides, in a few words; when one half lets it pass and the other does not, which. */
export function reasonOf({ verdict, layers }: PathAnswer): string {
  if (verdict === 'allow') return 'every layer lets it pass'
  const deciding = layers.filter(layer => layer.verdict === verdict)
  const [first] = deciding
  if (first === undefined) return 'nothing is known of it'
  if (verdict === 'unknown') return first.reason
  const [own, other] = [layers.filter(isKubernetesLayer), layers.filter(layer => !isKubernetesLayer(layer))]
  const isOneSided = (a: readonly LayerAnswer[], b: readonly LayerAnswer[]) =>
    a.some(layer => layer.verdict === 'deny') && b.length > 0 && b.every(layer => layer.verdict === 'allow')
  if (isOneSided(other, own))
    return `NetworkPolicy allows it, ${names[first.layer]} ${first.layer === 'route' ? 'does' : 'do'} not: ${first.reason}`
  if (isOneSided(own, other)) return `security groups allow it, ${names[first.layer]} does not: ${first.reason}`
  return first.reason
}

export const answerOf = (path: PathAnswer): Answer => ({ ...path, reason: reasonOf(path) })

const words: Readonly<Record<Verdict, string>> = { allow: 'allowed', deny: 'denied', unknown: 'not known' }

/** Of pods that may be on one node or on two. */
export function splitOf(sameNode: PathAnswer, otherNode: PathAnswer): Answer {
  if (sameNode.verdict === otherNode.verdict) return answerOf(otherNode)
  const decisive = sameNode.verdict === 'allow' ? otherNode : sameNode
  return {
    verdict: 'split',
    layers: decisive.layers,
    reason: `${words[sameNode.verdict]} on one node, ${words[otherNode.verdict]} between two: ${reasonOf(decisive)}`,
    split: { sameNode, otherNode },
  }
}
