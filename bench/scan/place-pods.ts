import { daemons, type Daemon } from './daemons.ts'
import { hasOwnGroups, hasVolumes, namespaceOf, nodesOf, numbered, type WorldSize } from './workload-sorts.ts'

/** One pod: whose it is, where it runs, and under which address. */
export interface PlacedPod {
  readonly name: string
  readonly namespace: string
  readonly node: number
  readonly address: string
  readonly of: { readonly workload: number; readonly ordinal: number } | { readonly daemon: Daemon } | 'dns'
  /** It has an interface of its own. */
  readonly hasBranch: boolean
}

const dnsPods = 2

/** In the order in which they were made; workloads and nodes take turns. The same size gives the same pods. */
export function placePods(size: WorldSize): readonly PlacedPod[] {
  const nodes = nodesOf(size)
  const ofWorkloads = size.pods - nodes * daemons.length - dnsPods
  const applications = numbered(ofWorkloads, (index): PlacedPod => {
    const workload = index % size.serviceAccounts
    const ordinal = Math.floor(index / size.serviceAccounts)
    const place = { node: (index + ordinal * 37) % nodes, address: podAddress(index) }
    const of = { workload, ordinal }
    return { name: podName(workload, ordinal), namespace: namespaceOf(workload), ...place, of, hasBranch: hasOwnGroups(workload) }
  })
  const dns = numbered(dnsPods, (index): PlacedPod => {
    const place = { node: index, address: podAddress(ofWorkloads + index) }
    return { name: `coredns-6b9575c64c-${index}`, namespace: 'kube-system', ...place, of: 'dns', hasBranch: false }
  })
  const onNodes = daemons.flatMap((daemon, position) =>
    numbered(nodes, (node): PlacedPod => {
      const address = daemon.hostNetwork ? nodeAddress(node) : podAddress(ofWorkloads + dnsPods + position * nodes + node)
      return { name: `${daemon.name}-${node}`, namespace: daemon.namespace, node, address, of: { daemon }, hasBranch: false }
    }),
  )
  return [...applications, ...dns, ...onNodes]
}

/** As a StatefulSet would call it where the workload keeps volumes, else as a ReplicaSet. */
export const podName = (workload: number, ordinal: number): string =>
  hasVolumes(workload) ? `app-${workload}-${ordinal}` : `app-${workload}-5d8c7f9b6-${ordinal}`

export const nodeAddress = (index: number): string => `10.1.${Math.floor(index / 250)}.${(index % 250) + 4}`

/** Up to 62,500 different ones. */
const podAddress = (index: number): string => `10.0.${Math.floor(index / 250) % 250}.${(index % 250) + 4}`
