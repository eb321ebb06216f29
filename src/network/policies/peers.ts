import { addressText, containsAddress, parseAddress, parseCidr, type Address, type Cidr } from '../addresses.ts'
import type { Peer } from '../policy-layer.ts'
import type { CompiledCluster } from './compile.ts'
import type { PodRecord } from './pod-record.ts'

/** A peer as a bit of a row, or as several whose answers may differ, or why it is none. */
export type Found =
  | { readonly bit: number; readonly address: Address | undefined; readonly pod?: PodRecord; readonly node?: string }
  | { readonly bits: readonly number[] }
  | { readonly absent: string; readonly kind: string; readonly id: string }

export interface PeerIndex {
  readonly find: (peer: Peer) => Found
}

export function makePeerIndex({ cluster, classes, addresses }: CompiledCluster): PeerIndex {
  const { base } = classes.columns
  let byAddress: Map<string, PodRecord> | undefined
  const podAt = (text: string): PodRecord | undefined => {
    if (byAddress === undefined) {
      byAddress = new Map()
      for (const pod of cluster.pods.values()) if (pod.addressText !== undefined) byAddress.set(pod.addressText, pod)
    }
    return byAddress.get(text)
  }
  const nodeOf = new Map(
    [...cluster.nodes].flatMap(([name, address]) => (address === undefined ? [] : [[addressText(address), name] as const])),
  )
  const ofPod = (pod: PodRecord): Found => ({
    bit: base + classes.classOf.get(pod.id)!,
    address: pod.address,
    pod,
    ...(pod.hostNetwork && pod.node !== undefined && { node: pod.node }),
  })
  const ofAddress = (address: Address): Found => {
    const text = addressText(address)
    const pod = podAt(text)
    if (pod !== undefined) return ofPod(pod)
    const node = nodeOf.get(text)
    return { bit: addresses.atomOf(address), address, ...(node !== undefined && { node }) }
  }
  const ofNode = (name: string): Found => {
    if (!cluster.nodes.has(name)) return { absent: `there is no node ${name}`, kind: 'k8s/Node', id: name }
    const address = cluster.nodes.get(name)
    return address === undefined ? { absent: `node ${name} has no internal address`, kind: 'k8s/Node', id: name } : ofAddress(address)
  }
  const find = (peer: Peer): Found => {
    if ('pod' in peer) {
      const pod = cluster.pods.get(peer.pod)
      return pod === undefined ? { absent: absentPod(cluster.ended.has(peer.pod), peer.pod), kind: 'k8s/Pod', id: peer.pod } : ofPod(pod)
    }
    if ('node' in peer) return ofNode(peer.node)
    if ('outside' in peer) return { bits: outside(peer.outside, addresses, cluster.family) }
    const address = parseAddress(peer.address)
    return address === undefined ? { absent: `${peer.address} is not an address`, kind: 'k8s/Pod', id: peer.address } : ofAddress(address)
  }
  return { find }
}

export const absentPod = (ended: boolean, id: string): string => (ended ? `pod ${id} has ended` : `there is no pod ${id}`)

/** Atoms of the cluster's family that are not wholly inside the blocks. */
function outside(blocks: readonly string[], addresses: CompiledCluster['addresses'], family: 4 | 6): number[] {
  const inside = blocks.map(parseCidr).filter((cidr): cidr is Cidr => cidr !== undefined)
  const [first, end] = addresses.span({ family, value: 0n, prefix: 0 })
  const last = (atom: number): Address =>
    atom + 1 < end ? { family, value: addresses.first(atom + 1).value - 1n } : { family, value: (1n << (family === 4 ? 32n : 128n)) - 1n }
  const whole = (atom: number) => inside.some(cidr => containsAddress(cidr, addresses.first(atom)) && containsAddress(cidr, last(atom)))
  return Array.from({ length: end - first }, (_, i) => first + i).filter(atom => !whole(atom))
}
