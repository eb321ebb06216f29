import type { UnreadFact } from '#base/errors.ts'
import type { AddressAtoms } from '../address-atoms.ts'
import { addressText, cidrText, type Address } from '../addresses.ts'
import { emptyBitset, fullBitset, intersect, isEmpty, subtract, unite, type Bitset } from '../bitset.ts'
import type { Direction, Unenforced } from '../policy-layer.ts'
import type { PortAtoms } from '../ports.ts'
import type { AwsTerms } from './aws-terms.ts'
import type { Columns } from './columns.ts'
import type { NumberedPort, PolicyDocument } from './document.ts'
import type { ContainerPort } from './pod-record.ts'
import type { PolicySet } from './pod-groups.ts'
import { makeRows, rowAt, type Row, type Rows } from './rows.ts'
import type { Level, Side } from './side.ts'
import type { Term } from './term.ts'

/** What decides about pods that have the same policies. Rows are made when they are first asked for. */
export interface Table extends TableKey {
  /** By variant. */
  readonly sides: (direction: Direction) => readonly Side[]
  readonly rows: (direction: Direction) => Rows
}

/** What tables are made from: the compiled policies. */
export interface Compiled {
  readonly engine: 'aws-vpc-cni' | 'upstream'
  readonly policies: readonly PolicyDocument[]
  readonly columns: Columns
  readonly ports: PortAtoms
  readonly addresses: AddressAtoms
  readonly family: 4 | 6
  /** What a pod that no policy selects gets. */
  readonly otherwise: 'allow' | 'deny' | 'unknown'
  /** The terms of a policy; published ingress rules with named ports depend on the pods that they close. */
  readonly termsOf: (policy: number, direction: Direction, table: TableKey) => AwsTerms
  /** Why nothing can be said of pods with these policies. */
  readonly doubt: (key: TableKey, direction: Direction) => Doubt | undefined
}

export interface Doubt {
  readonly reason: string
  readonly fact?: UnreadFact
}

export interface TableKey {
  readonly unenforced: Unenforced | undefined
  readonly variants: readonly PolicySet[]
  /** AWS: the address of the pods' own node, where a block of some rule begins. */
  readonly node: Address | undefined
  /** EKS Auto Mode: its agent knows domains. */
  readonly autoMode: boolean
  /** Of all of its pods, where named ports matter. */
  readonly containerPorts: readonly ContainerPort[]
}

export function makeTable(compiled: Compiled, key: TableKey): Table {
  const sides = new Map<Direction, readonly Side[]>()
  const rows = new Map<Direction, Rows>()
  const sidesOf = (direction: Direction): readonly Side[] => {
    const known = sides.get(direction)
    if (known !== undefined) return known
    const made = key.variants.map(variant => makeSide(compiled, key, variant, direction))
    sides.set(direction, made)
    return made
  }
  const rowsOf = (direction: Direction): Rows => {
    const known = rows.get(direction)
    if (known !== undefined) return known
    const made = sameForAll(compiled, key, direction) ?? joined(sidesOf(direction).map(makeRows), compiled.columns.size)
    rows.set(direction, made)
    return made
  }
  return { ...key, sides: sidesOf, rows: rowsOf }
}

/** One answer whoever the peer is: nobody enforces, or nothing can be said. */
function sameForAll({ columns: { size }, doubt }: Compiled, key: TableKey, direction: Direction): Rows | undefined {
  const all = () => fullBitset(size)
  if (key.unenforced !== undefined) return { any: { allowed: all(), unknown: undefined }, byAtom: new Map() }
  return doubt(key, direction) === undefined ? undefined : { any: { allowed: emptyBitset(size), unknown: all() }, byAtom: new Map() }
}

function makeSide(compiled: Compiled, key: TableKey, variant: PolicySet, direction: Direction): Side {
  const { policies, columns, ports, addresses, engine, family, otherwise } = compiled
  const terms = (tier: 'namespace' | 'cluster') =>
    variant
      .filter(policy => (policies[policy]!.tier === 'namespace') === (tier === 'namespace'))
      .map(policy => ({ policy: policies[policy]!, ...compiled.termsOf(policy, direction, key) }))
  const namespaced = terms('namespace')
  const node = key.node === undefined ? undefined : addressText(key.node)
  return {
    columns,
    ports,
    addresses,
    engine,
    family,
    otherwise,
    levels: levelsOf(terms('cluster')),
    namespace: namespaceState(namespaced, direction, engine),
    terms: namespaced.flatMap(each => {
      if (engine === 'upstream') return each.policy.isolates[direction] ? each.terms : []
      return key.autoMode && direction === 'egress' ? [...each.terms, ...domainTerms(each.policy, columns)] : each.terms
    }),
    skip: cidr => node !== undefined && cidrText(cidr).startsWith(`${node}/`),
  }
}

/**
 * Published: a policy for the direction closes it. AWS: the agent closes a direction that has any rule, listed in `policyTypes` or not, and opens
 * the other before the baseline is asked.
 */
function namespaceState(
  namespaced: readonly (AwsTerms & { policy: PolicyDocument })[],
  direction: Direction,
  engine: Compiled['engine'],
): Side['namespace'] {
  const isolated = namespaced.some(({ policy }) => policy.isolates[direction])
  if (engine === 'upstream') return isolated ? 'closed' : 'none'
  if (namespaced.length === 0) return 'none'
  return isolated || namespaced.some(({ present }) => present) ? 'closed' : 'open'
}

/** What names resolve to is not known here: any address outside may be one of theirs. */
const domainTerms = (policy: PolicyDocument, columns: Columns): Term[] =>
  policy.rules.egress.flatMap(rule =>
    (rule.peers ?? []).flatMap(peer => {
      if (!('domains' in peer)) return []
      const reason = `the addresses of ${peer.domains.join(', ')} change`
      const ports = rule.ports?.filter((port): port is NumberedPort => !('name' in port))
      return [
        { policy, rule, path: peer.path, peers: columns.empty(), ports, maybe: { peers: columns.bitsOfAtoms(0, columns.base), reason } },
      ]
    }),
  )

const tierOrder = { admin: 0, baseline: 1 } as const

function levelsOf(cluster: readonly (AwsTerms & { policy: PolicyDocument })[]): Level[] {
  const levels = new Map<string, { tier: Level['tier']; priority: number; terms: Term[] }>()
  for (const { policy, terms } of cluster) {
    if (policy.tier === 'namespace' || terms.length === 0) continue
    const key = `${policy.tier} ${policy.priority}`
    const level = levels.get(key) ?? { tier: policy.tier, priority: policy.priority, terms: [] }
    level.terms.push(...terms)
    levels.set(key, level)
  }
  return [...levels.values()].sort((a, b) => tierOrder[a.tier] - tierOrder[b.tier] || a.priority - b.priority)
}

/** Of several variants, what all allow is allowed, what all deny is denied, and the rest is unknown. */
function joined(variants: readonly Rows[], size: number): Rows {
  const [first] = variants
  if (variants.length === 1 && first !== undefined) return first
  const atoms = new Set(variants.flatMap(rows => [...rows.byAtom.keys()]))
  return {
    any: join(
      variants.map(rows => rows.any),
      size,
    ),
    byAtom: new Map(
      [...atoms].map(atom => [
        atom,
        join(
          variants.map(rows => rowAt(rows, atom)),
          size,
        ),
      ]),
    ),
  }
}

function join(rows: readonly Row[], size: number): Row {
  const allowed: Bitset = rows[0]!.allowed.slice()
  const unknown = emptyBitset(size)
  for (const row of rows) {
    intersect(allowed, row.allowed)
    unite(unknown, row.allowed)
    if (row.unknown !== undefined) unite(unknown, row.unknown)
  }
  subtract(unknown, allowed)
  return { allowed, unknown: isEmpty(unknown) ? undefined : unknown }
}
