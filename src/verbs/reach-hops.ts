import type { UnreadFact } from '#base/errors.ts'
import { ruleEvidence, type ClusterNetwork } from '#joints/network.ts'
import type { Answer, LayerAnswer, LayerName, PathAnswer, RuleReference } from '#network/question.ts'
import type { DrawnPath, Hop } from '#report/reach.ts'

const layerNames = {
  networkPolicy: 'NetworkPolicy',
  clusterNetworkPolicy: 'ClusterNetworkPolicy',
  securityGroup: 'security groups',
  nacl: 'network ACL',
  route: 'route',
} as const satisfies Record<LayerName, string>

/** The paths of an answer: the one, the two that placement tells apart, or one for each backend of a service. */
export function drawnPaths(view: ClusterNetwork, answer: Answer): readonly DrawnPath[] {
  if (answer.backends !== undefined && answer.backends.length > 0) {
    return answer.backends.map(backend => drawn(view, backend.answer, `backend ${backend.pod} port ${backend.port}`))
  }
  if (answer.split === undefined || answer.verdict !== 'split') {
    return [{ verdict: answer.verdict === 'split' ? 'unknown' : answer.verdict, hops: answer.layers.map(layer => hopOf(view, layer)) }]
  }
  return [drawn(view, answer.split.sameNode, 'pods on one node'), drawn(view, answer.split.otherNode, 'pods on two nodes')]
}

const drawn = (view: ClusterNetwork, { verdict, layers }: PathAnswer, title: string): DrawnPath => ({
  title,
  verdict,
  hops: layers.map(layer => hopOf(view, layer)),
})

function hopOf(view: ClusterNetwork, answer: LayerAnswer): Hop {
  const rules = answer.by.length > 0 ? answer.by : (answer.asked ?? [])
  const evidence = rules.flatMap(rule => ruleEvidence(view, rule, answer.reason) ?? [])
  return { layer: answer.layer, end: answer.end, name: nameOf(answer.layer, rules), verdict: answer.verdict, says: answer.reason, evidence }
}

function nameOf(layer: LayerName, rules: readonly RuleReference[]): string {
  const [first, ...others] = [...new Set(rules.map(rule => ruleName(layer, rule)))]
  if (first === undefined) return layerNames[layer]
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

/** `NetworkPolicy shop/web-out rule 2`, `security group sg-0web`. */
function ruleName(layer: LayerName, { kind, id, path }: RuleReference): string {
  const position = path.find(step => typeof step === 'number')
  if (kind.startsWith('k8s/')) {
    const kindName = kind.slice(kind.lastIndexOf('/') + 1)
    return `${kindName} ${id}${position === undefined ? '' : ` rule ${position + 1}`}`
  }
  const own = id.slice(id.lastIndexOf('/') + 1)
  return layer === 'securityGroup' && kind === 'aws/ec2/SecurityGroup'
    ? `security group ${own}`
    : `${awsNames[kind] ?? layerNames[layer]} ${own}`
}

const awsNames: Readonly<Record<string, string>> = {
  'aws/ec2/NetworkAcl': 'network ACL',
  'aws/ec2/RouteTable': 'route table',
  'aws/ec2/NetworkInterface': 'interface',
  'aws/ec2/NatGateway': 'NAT gateway',
  'aws/ec2/Subnet': 'subnet',
  'aws/ec2/VpcEndpoint': 'endpoint',
}

/** What was not read and would settle an unknown, once each. */
export function unreadOf(answer: Answer): readonly UnreadFact[] {
  const paths = [
    answer,
    ...(answer.backends ?? []).map(backend => backend.answer),
    ...(answer.split === undefined ? [] : Object.values(answer.split)),
  ]
  const facts = paths.flatMap(({ layers }) =>
    layers.flatMap(({ verdict, fact }) => (verdict === 'unknown' && fact !== undefined ? [fact] : [])),
  )
  return [...new Map(facts.map(fact => [`${fact.kind}\n${fact.id ?? ''}\n${fact.reason}`, fact])).values()]
}
