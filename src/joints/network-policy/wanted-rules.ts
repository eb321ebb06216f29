import type { Labels } from '#joints/label-selector.ts'
import type { Kinds } from '#model/kinds.ts'

export type PolicySpec = NonNullable<Kinds['k8s/NetworkPolicy']['spec']>
export type Peer = NonNullable<NonNullable<PolicySpec['ingress']>[number]['from']>[number]
export type Port = NonNullable<NonNullable<PolicySpec['ingress']>[number]['ports']>[number]

/** A rule of either direction, before it has its place in a policy. */
export interface Rule {
  readonly peers: readonly Peer[]
  readonly ports: readonly Port[]
}

export const portOf = ({ protocol, port }: { readonly protocol: 'TCP' | 'UDP'; readonly port: number }): Port => ({ protocol, port })

export const blockPeers = (blocks: readonly string[]): readonly Peer[] => blocks.map(cidr => ({ ipBlock: { cidr } }))

/** Every namespace has a label of its name. https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
export const podPeer = (namespace: string, matchLabels: Labels): Peer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels },
})

/** Rules of the same peers as one. */
export function merged(rules: readonly Rule[]): readonly Rule[] {
  const byPeers = Map.groupBy(rules, ({ peers }) => JSON.stringify(peers))
  return [...byPeers.values()].map(alike => {
    const ports = new Map(alike.flatMap(rule => rule.ports).map(port => [portText(port), port]))
    return { peers: alike[0]?.peers ?? [], ports: [...ports.values()] }
  })
}

const portText = ({ protocol, port }: Port): string => `${protocol ?? ''}/${port ?? ''}`

/** AWS's agent keeps so many ports for one address, those of blocks around it among them. https://github.com/aws/aws-network-policy-agent/blob/main/pkg/utils/utils.go */
export const mostPorts = 24

/** Whether some peer may have more ports than AWS's agent keeps: any block may be around any peer. */
export function hasTooManyPorts(rules: readonly Rule[]): boolean {
  const ofBlocks = rules
    .filter(({ peers }) => peers.some(({ ipBlock }) => ipBlock !== undefined))
    .flatMap(({ ports }) => ports.map(portText))
  return merged(rules).some(({ ports }) => new Set([...ofBlocks, ...ports.map(portText)]).size > mostPorts)
}
