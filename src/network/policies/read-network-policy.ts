import type { Kinds } from '#model/kinds.ts'
import type { Direction } from '../policy-layer.ts'
import { isRecord, listAt, milliseconds, type Complain, type PolicyDocument, type WrittenRule } from './document.ts'
import { readPeer, readPort, selectorAt } from './read-parts.ts'
import { everything } from '../selector.ts'

type Kind = 'k8s/NetworkPolicy' | 'k8s/ApplicationNetworkPolicy'
type Body = Kinds['k8s/NetworkPolicy'] | Kinds['k8s/ApplicationNetworkPolicy']

const peersAt = { ingress: 'from', egress: 'to' } as const

/**
 * Reads a NetworkPolicy or AWS's ApplicationNetworkPolicy. Defaults are the API server's: no `policyTypes` means Ingress, and Egress when there
 * are egress rules; no `podSelector` means all pods of the namespace. The definition of ApplicationNetworkPolicy has none: without `policyTypes`
 * it isolates nobody, and only its rules close a direction.
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/networking/v1/defaults.go
 * https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/policyendpoints/manager.go (PodIsolation)
 */
export function readNetworkPolicy(kind: Kind, body: Body, complain: Complain): PolicyDocument {
  const { metadata } = body
  const spec: Readonly<Record<string, unknown>> = isRecord(body.spec) ? body.spec : {}
  const types = listAt(spec.policyTypes, ['spec', 'policyTypes'], complain)
  const egress = listAt(spec.egress, ['spec', 'egress'], complain) ?? []
  const isolates = types?.length
    ? { ingress: types.includes('Ingress'), egress: types.includes('Egress') }
    : { ingress: kind === 'k8s/NetworkPolicy', egress: kind === 'k8s/NetworkPolicy' && egress.length > 0 }
  const selector = spec.podSelector === undefined ? everything : selectorAt(spec.podSelector, ['spec', 'podSelector'], complain)
  return {
    kind,
    id: `${metadata.namespace}/${metadata.name}`,
    namespace: metadata.namespace,
    tier: 'namespace',
    priority: 0,
    subject: selector && { namespaces: 'own', pods: selector },
    isolates,
    rules: { ingress: readRules(kind, spec, 'ingress', complain), egress: readRules(kind, spec, 'egress', complain) },
    created: milliseconds(metadata.creationTimestamp),
  }
}

/** A rule of which some peer or port cannot be read keeps the others; one of which none can be read admits nobody. */
function readRules(kind: Kind, spec: Readonly<Record<string, unknown>>, direction: Direction, complain: Complain): WrittenRule[] {
  const rules = listAt(spec[direction], ['spec', direction], complain) ?? []
  return rules.map((rule, i) => {
    const path = ['spec', direction, i]
    if (!isRecord(rule)) {
      complain('POLICY_INVALID', path, 'a rule is not a mapping')
      return { path, action: 'Accept', peers: [] }
    }
    const key = peersAt[direction]
    const peers = listAt(rule[key], [...path, key], complain)
    const ports = listAt(rule.ports, [...path, 'ports'], complain)
    return {
      path,
      action: 'Accept',
      ...(peers?.length && {
        peers: peers.map((peer, j) => readPeer(peer, [...path, key, j], complain)).filter(peer => peer !== undefined),
      }),
      ...(ports?.length && {
        ports: ports.map((port, j) => readPort(port, [...path, 'ports', j], complain)).filter(port => port !== undefined),
        ...(kind === 'k8s/ApplicationNetworkPolicy' && withoutProtocol(ports)),
      }),
    }
  })
}

function withoutProtocol(ports: readonly unknown[]): Pick<WrittenRule, 'unprotocolled'> {
  const lacking = ports.filter(port => isRecord(port) && (port.protocol === undefined || port.protocol === null))
  if (lacking.length === 0) return {}
  return { unprotocolled: lacking.some(port => isRecord(port) && port.port !== undefined && port.port !== null) ? 'with a port' : 'all' }
}
