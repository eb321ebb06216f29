/*
 * What policies let each workload send to each other one, all ports of TCP, UDP and SCTP, by the published semantics: manifests in, one line of JSON
 * for each pair out. `node -C source bench/network/list-connections.ts file...`
 */
import { networkKinds, networkOf } from '#joints/network.ts'
import { withEngine } from '#joints/network-engine-override.ts'
import { forEachMember } from '#network/bitset.ts'
import { lastPort } from '#network/ports.ts'
import { readWorld } from '#verbs/read-world.ts'
import { connectionText, type PortRun } from './connection-text.ts'

const { world } = await readWorld({ files: process.argv.slice(2), cluster: 'bench', namespaces: [] }, networkKinds)
const { network, workloads } = withEngine(networkOf(world, 'bench'), { engine: 'upstream' })
const { matrix, ports, classOf } = network.policies

const nameOf = ({ workload }: (typeof workloads)[number]) => `${workload.namespace}/${workload.resource.body.metadata.name}`
const byClass = Map.groupBy(workloads, ({ pods }) => classOf(pods[0] ?? '')?.id)
const isAsked = (protocol: string): protocol is PortRun['protocol'] => protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP'
/** By atom; port 0 is nobody's. */
const runs = Array.from({ length: ports.count }, (_, atom): PortRun | undefined => {
  const range = ports.range(atom)
  if (range === undefined || !isAsked(range.protocol) || range.to === 0) return undefined
  return { protocol: range.protocol, from: Math.max(1, range.from), to: Math.min(lastPort, range.to) }
})

let source = -1
let found = new Map<number, PortRun[]>()
const lines: string[] = []
function tellSource(): void {
  for (const [destination, open] of found) {
    const text = connectionText(open)
    if (text === '') continue
    for (const from of byClass.get(source) ?? [])
      for (const to of byClass.get(destination) ?? []) if (from !== to) lines.push(JSON.stringify([nameOf(from), nameOf(to), text]))
  }
  found = new Map()
}
matrix.forEachRow((from, start, end, allowed) => {
  if (from !== source) {
    tellSource()
    source = from
  }
  const open = runs.slice(start, end).filter(run => run !== undefined)
  forEachMember(allowed, to => {
    const known = found.get(to)
    if (known === undefined) found.set(to, [...open])
    else known.push(...open)
  })
})
tellSource()
process.stdout.write(lines.join('\n'))
