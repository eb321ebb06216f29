import type { Path } from '#model/place.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Direction } from '../policy-layer.ts'
import {
  isRecord,
  listAt,
  milliseconds,
  type Action,
  type Complain,
  type PolicyDocument,
  type Tier,
  type WrittenPeer,
  type WrittenPort,
  type WrittenRule,
} from './document.ts'
import { isPort, protocolAt, readNetwork, readSelection, selectorAt } from './read-parts.ts'

export type ClusterPolicyKind =
  | 'k8s/networking.k8s.aws/ClusterNetworkPolicy'
  | 'k8s/policy.networking.k8s.io/ClusterNetworkPolicy'
  | 'k8s/AdminNetworkPolicy'
  | 'k8s/BaselineAdminNetworkPolicy'

type Body = Kinds[ClusterPolicyKind]

const actions: Readonly<Record<string, Action>> = { Accept: 'Accept', Allow: 'Accept', Deny: 'Deny', Pass: 'Pass' }
const tiers = new Map<unknown, Tier>([
  ['Admin', 'admin'],
  ['Baseline', 'baseline'],
])
const fixedTiers: Partial<Record<ClusterPolicyKind, Tier>> = {
  'k8s/AdminNetworkPolicy': 'admin',
  'k8s/BaselineAdminNetworkPolicy': 'baseline',
}

/**
 * Reads a policy of the cluster, of AWS's API (networking.k8s.aws) or of upstream's. They close nothing by themselves: what no rule speaks of
 * goes on to the next tier. https://network-policy-api.sigs.k8s.io/reference/spec/
 */
export function readClusterPolicy(kind: ClusterPolicyKind, body: Body, complain: Complain): PolicyDocument {
  const spec: Readonly<Record<string, unknown>> = isRecord(body.spec) ? body.spec : {}
  const tier = fixedTiers[kind] ?? tiers.get(spec.tier)
  if (tier === undefined)
    complain('POLICY_INVALID', ['spec', 'tier'], `tier ${JSON.stringify(spec.tier) ?? 'missing'} is not Admin or Baseline`)
  const priority = kind === 'k8s/BaselineAdminNetworkPolicy' ? 0 : spec.priority
  const ordered = Number.isInteger(priority) && (priority as number) >= 0 && (priority as number) <= 1000
  if (!ordered) complain('POLICY_INVALID', ['spec', 'priority'], `priority ${JSON.stringify(priority) ?? 'missing'} is not 0 to 1000`)
  const usable = tier !== undefined && ordered
  return {
    kind,
    id: body.metadata.name,
    namespace: undefined,
    tier: tier ?? 'admin',
    priority: ordered ? (priority as number) : 0,
    subject: usable && isRecord(spec.subject) ? readSelection(spec.subject, ['spec', 'subject'], complain) : undefined,
    isolates: { ingress: false, egress: false },
    rules: { ingress: readRules(kind, spec, 'ingress', complain), egress: readRules(kind, spec, 'egress', complain) },
    created: milliseconds(body.metadata.creationTimestamp),
  }
}

function readRules(
  kind: ClusterPolicyKind,
  spec: Readonly<Record<string, unknown>>,
  direction: Direction,
  complain: Complain,
): WrittenRule[] {
  const key = direction === 'ingress' ? 'from' : 'to'
  const rules: WrittenRule[] = []
  for (const [i, rule] of (listAt(spec[direction], ['spec', direction], complain) ?? []).entries()) {
    const path = ['spec', direction, i]
    const action = isRecord(rule) && typeof rule.action === 'string' ? actions[rule.action] : undefined
    if (!isRecord(rule) || action === undefined) {
      complain('POLICY_INVALID', [...path, 'action'], 'the action of the rule is not one of the API')
      continue
    }
    const peers = listAt(rule[key], [...path, key], complain) ?? []
    const ports = readPorts(rule, path, complain)
    rules.push({ path, action, peers: peers.flatMap((peer, j) => readPeers(peer, [...path, key, j], complain)), ...(ports && { ports }) })
  }
  return rules
}

/** One written peer may name several networks. What no field of ours explains was written for a newer definition. */
function readPeers(written: unknown, path: Path, complain: Complain): WrittenPeer[] {
  if (!isRecord(written)) return [{ path, unclear: 'not a mapping' }]
  const networks = listAt(written.networks, [...path, 'networks'], complain)
  if (networks?.length) return networks.flatMap((network, i) => readNetwork(network, [...path, 'networks', i], complain) ?? [])
  if (Array.isArray(written.domainNames) && written.domainNames.length > 0) return [{ path, domains: written.domainNames.map(String) }]
  if (written.nodes !== undefined) {
    const nodes = selectorAt(written.nodes, [...path, 'nodes'], complain)
    return nodes ? [{ path, nodes }] : []
  }
  if (written.namespaces !== undefined || written.pods !== undefined) {
    const pods = readSelection(written, path, complain)
    return pods ? [{ path, pods }] : []
  }
  complain('PEER_INVALID', path, 'the peer has no field that is known')
  return [{ path, unclear: 'no field that is known' }]
}

/** `ports` of AWS's API and of AdminNetworkPolicy, `protocols` of upstream's ClusterNetworkPolicy. */
function readPorts(rule: Readonly<Record<string, unknown>>, path: Path, complain: Complain): WrittenPort[] | undefined {
  const ports = listAt(rule.ports, [...path, 'ports'], complain)
  if (ports?.length) return ports.flatMap((port, i) => readPort(port, [...path, 'ports', i], complain))
  const protocols = listAt(rule.protocols, [...path, 'protocols'], complain)
  return protocols?.length ? protocols.flatMap((each, i) => readProtocol(each, [...path, 'protocols', i], complain)) : undefined
}

function readPort(written: unknown, path: Path, complain: Complain): WrittenPort[] {
  const { portNumber, portRange, namedPort } = isRecord(written) ? written : {}
  if (isRecord(portNumber)) return numbered(portNumber.protocol, portNumber.port, undefined, [...path, 'portNumber'], complain)
  if (isRecord(portRange)) return numbered(portRange.protocol, portRange.start, portRange.end, [...path, 'portRange'], complain)
  if (typeof namedPort === 'string' && namedPort !== '') return [{ name: namedPort }]
  complain('PORT_INVALID', path, 'the port has no field that is known')
  return []
}

function numbered(protocolText: unknown, port: unknown, end: unknown, path: Path, complain: Complain): WrittenPort[] {
  const protocol = protocolAt(protocolText, [...path, 'protocol'], complain)
  if (protocol === undefined) return []
  if (isPort(port) && (end === undefined || (isPort(end) && end >= port))) return [{ protocol, port, ...(end !== undefined && { end }) }]
  complain(
    'PORT_INVALID',
    path,
    `${JSON.stringify(port) ?? 'nothing'}${end === undefined ? '' : ` to ${JSON.stringify(end)}`} is not a port or a range`,
  )
  return []
}

const protocolKeys = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const

function readProtocol(written: unknown, path: Path, complain: Complain): WrittenPort[] {
  if (!isRecord(written)) return []
  if (typeof written.destinationNamedPort === 'string') return [{ name: written.destinationNamedPort }]
  for (const key of ['tcp', 'udp', 'sctp'] as const) {
    const value = written[key]
    if (!isRecord(value)) continue
    const protocol = protocolKeys[key]
    if (!isRecord(value.destinationPort)) return [{ protocol }]
    const { number, range } = value.destinationPort
    const at = [...path, key, 'destinationPort']
    return isRecord(range) ? numbered(protocol, range.start, range.end, at, complain) : numbered(protocol, number, undefined, at, complain)
  }
  complain('PORT_INVALID', path, 'the protocol has no field that is known')
  return []
}
