import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { setting } from '#model/change.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { containsCidr, parseCidr } from '#network/addresses.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { blocksAround } from '#joints/blocks-around.ts'
import { policyChange } from './policy-rewrites.ts'

/** More blocks in the place of one than this are nothing that a person wants to read. */
const mostBlocks = 40

interface Block {
  readonly cidr: string
  readonly except?: readonly string[]
}
interface Peer {
  readonly ipBlock?: Block
}

/** Blocks with an except become the blocks around it, which no table of the agent can pool. Undefined when they would be too many. */
export function withoutExcepts({ find }: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const lists = new Map<string, { readonly policy: Resource; readonly path: Path; readonly indexes: Set<number> }>()
  for (const { kind, id, path } of found.flatMap(each => each.with)) {
    const policy = find(kind, id)
    const index = path.at(-1)
    if (policy === undefined || typeof index !== 'number') return undefined
    const key = `${kind} ${id} ${path.slice(0, -1).join('.')}`
    const list = lists.get(key) ?? { policy, path: path.slice(0, -1), indexes: new Set() }
    list.indexes.add(index)
    lists.set(key, list)
  }
  const rewritten = [...lists.values()].map(({ policy, path, indexes }) => ({ policy, path, after: peersWithout(policy, path, indexes) }))
  const risk = 'The rules mean what they meant; what another rule allows inside an except is then open.'
  const changes = rewritten.flatMap(({ policy, path, after }) =>
    after === undefined ? [] : [policyChange(policy, setting(policy, path, after), risk)],
  )
  if (changes.length < rewritten.length) return undefined
  return { title: 'write the blocks around the except in its place', safe: false, changes }
}

function peersWithout(policy: Resource, path: Path, indexes: ReadonlySet<number>): readonly Peer[] | undefined {
  const peers = valueAt(policy.body, path) as readonly Peer[]
  const parts = peers.map((peer, i): readonly Peer[] | undefined => {
    if (!indexes.has(i) || peer.ipBlock === undefined) return [peer]
    return blocksAround(peer.ipBlock.cidr, peer.ipBlock.except ?? [])?.map(cidr => ({ ipBlock: { cidr } }))
  })
  if (parts.includes(undefined)) return undefined
  const after = parts.flatMap(part => part ?? [])
  // A rule without peers would admit everybody.
  return after.length === 0 || after.length > peers.length + mostBlocks ? undefined : after
}

/** `10.0.0.0/8 on UDP 53`: what the rule allows and others' excepts close. */
export function closedText({ find }: ClusterPolicies, { at, with: others }: Deviation): string {
  const policy = find(at.kind, at.id)
  const own = policy === undefined ? undefined : (valueAt(policy.body, [...at.path, 'ipBlock']) as Block | undefined)
  const excepts = others.flatMap(({ kind, id, path }) => {
    const block = valueAt(find(kind, id)?.body, [...path, 'ipBlock']) as Block | undefined
    return block?.except ?? []
  })
  const [outer, rule] = [own && parseCidr(own.cidr), at.path.slice(0, 3)]
  const parts = excepts.flatMap(text => {
    const hole = parseCidr(text)
    if (outer === undefined || hole === undefined || own === undefined) return []
    return containsCidr(outer, hole) ? [text] : containsCidr(hole, outer) ? [own.cidr] : []
  })
  const ports = (valueAt(policy?.body, [...rule, 'ports']) ?? []) as readonly {
    protocol?: string
    port?: string | number
    endPort?: number
  }[]
  const portTexts = ports.map(({ protocol = 'TCP', port, endPort }) =>
    [protocol, ...(port === undefined ? [] : [endPort === undefined ? String(port) : `${port}-${endPort}`])].join(' '),
  )
  return `${[...new Set(parts)].join(', ')} on ${portTexts.length === 0 ? 'all ports' : portTexts.join(', ')}`
}
