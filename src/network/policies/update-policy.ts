import { addressText } from '../addresses.ts'
import type { PolicyChange } from '../policy-layer.ts'
import { refinePorts, type PortAtoms } from '../ports.ts'
import { crashesController } from './aws-cluster-terms.ts'
import { mentionsOf, namesIngressPorts, peersOf, rangesWritten, type CompiledCluster } from './compile.ts'
import type { PolicyDocument } from './document.ts'
import { overlay } from './overlay-map.ts'
import type { InForce, PolicySet } from './pod-groups.ts'
import { hangsOnPresence } from './presence.ts'
import { kindOfList, listsOf, readPolicy, type PolicyList } from './read-cluster.ts'
import { rowAt, type Row, type Rows } from './rows.ts'
import type { Side } from './side.ts'
import { makeTable, type Table } from './table.ts'
import { classesOfThings, recompiled, type Updated } from './recompile.ts'
import { tellApart } from './tell-apart.ts'
import { handOnNames, namesakes } from './update-pod.ts'

/** A policy that comes, goes or changes: only tables that it is in, or comes into, are made again. */
export function updatePolicy(compiled: CompiledCluster, { kind, id, after }: PolicyChange): Updated | undefined {
  const list = listsOf(compiled.cluster.engine).find(each => kindOfList[each] === kind)
  if (compiled.cluster.engine === undefined) return undefined
  // Another engine's.
  if (list === undefined) return { compiled, touched: [] }
  const found = compiled.policies.findIndex(policy => policy.kind === kind && policy.id === id)
  const position = found < 0 ? compiled.policies.length : found
  const before = compiled.policies[position]
  const policy = after === undefined ? before && gone(before) : read(list, after)
  const finer = policy !== undefined && fits(compiled, policy, position) ? tellApart(compiled, policy) : undefined
  if (policy === undefined || finer === undefined) return undefined
  handOnNames(compiled, finer)
  const policies = found < 0 ? [...compiled.policies, policy] : compiled.policies.with(position, policy)
  const ports = refinePorts(finer.ports, rangesWritten(policy))
  const base: CompiledCluster = {
    ...finer,
    policies,
    ports,
    cluster: { ...compiled.cluster, policies },
    tables: ports === finer.ports ? finer.tables : finer.tables.map(carried(finer.ports, ports)),
  }
  const moved = before?.subject?.pods.text === policy.subject?.pods.text && before?.subject?.namespaces === policy.subject?.namespaces
  if (before !== undefined && moved) return recompiled(base, new Set([position]))
  return reselected(base, before, policy, position)
}

/** Its place stays, so that the others keep theirs. */
const gone = (policy: PolicyDocument): PolicyDocument => ({ ...policy, subject: undefined, rules: { ingress: [], egress: [] } })

/** Undefined when something is wrong with it: what is wrong has to be told. */
function read(list: PolicyList, body: object): PolicyDocument | undefined {
  let complaints = 0
  const policy = readPolicy(list, body, () => () => complaints++)
  return complaints === 0 ? policy : undefined
}

/** Whether nothing hangs on it but the rows of the pods that it selects. */
function fits(compiled: CompiledCluster, policy: PolicyDocument, position: number): boolean {
  const { mentions, policies, aws, cluster } = compiled
  const { portNames } = mentionsOf([policy])
  if ([...portNames].some(name => !mentions.portNames.has(name))) return false
  if ([policy, policies[position]].some(each => each !== undefined && namesIngressPorts(each.rules))) return false
  if (policies.some((other, i) => i !== position && other.id === policy.id && other.tier === 'namespace' && policy.tier === 'namespace'))
    return false
  const nodes = new Set([...cluster.nodes.values()].flatMap(address => (address === undefined ? [] : [addressText(address)])))
  const blocks = peersOf(policy.rules).flatMap(peer => ('block' in peer ? [peer.block.cidr, ...peer.block.except] : []))
  if (peersOf(policy.rules).some(peer => 'nodes' in peer) || blocks.some(block => nodes.has(addressText(block)))) return false
  if (aws !== undefined && hangsOnPresence(policy) && (policy.tier !== 'namespace' || hasEmptyClasses(compiled))) return false
  return aws === undefined || crashesController(policy, aws) === undefined
}

const hasEmptyClasses = ({ classes }: CompiledCluster): boolean => classes.pods.some(pods => pods.length === 0)

/** A table whose rows are known by other atoms now. */
function carried(from: PortAtoms, to: PortAtoms): (table: Table) => Table {
  const origin = Int32Array.from({ length: to.count }, (_, atom) => {
    const range = to.range(atom)
    return range === undefined ? from.count - 1 : from.atomOf(range.protocol, range.from)
  })
  const made = new Map<Table, Table>()
  return table => {
    const known = made.get(table)
    if (known !== undefined) return known
    const rows = new Map<string, Rows>()
    const sides = new Map<string, readonly Side[]>()
    const next: Table = {
      ...table,
      sides: direction => {
        const ready = sides.get(direction) ?? table.sides(direction).map(side => ({ ...side, ports: to }))
        sides.set(direction, ready)
        return ready
      },
      rows: direction => {
        const ready = rows.get(direction)
        if (ready !== undefined) return ready
        const carriedRows = carry(table.rows(direction), origin)
        rows.set(direction, carriedRows)
        return carriedRows
      },
    }
    made.set(table, next)
    return next
  }
}

function carry(rows: Rows, origin: Int32Array): Rows {
  const byAtom = new Map<number, Row>()
  origin.forEach((old, atom) => {
    if (rows.byAtom.has(old)) byAtom.set(atom, rowAt(rows, old))
  })
  return { any: rows.any, byAtom }
}

/** Pods that it selects and did not, and those that it does not any more, get other tables. */
function reselected(
  base: CompiledCluster,
  before: PolicyDocument | undefined,
  policy: PolicyDocument,
  position: number,
): Updated | undefined {
  const selected = (document: PolicyDocument | undefined) =>
    document?.subject === undefined
      ? new Set<number>()
      : classesOfThings(base.columns.selectThings(document.subject, document.namespace), base)
  const [old, fresh] = [selected(before), selected(policy)]
  const flips = new Set([...old, ...fresh].filter(classId => old.has(classId) !== fresh.has(classId)))
  if (base.aws !== undefined && !movesTogether(base, flips)) return undefined
  const { compiled, touched } = recompiled(base, new Set([position]))
  const sets = new Map<Table, InForce>()
  const made = new Map<Table, Table>()
  const inForce = new Map<string, InForce>()
  const tables = compiled.tables.map((table, classId) => {
    if (!flips.has(classId)) return table
    const own = base.tables[classId]!
    const set = sets.get(own) ?? { variants: [flipped(own.variants[0] ?? [], position)], siblings: [] }
    sets.set(own, set)
    for (const pod of base.classes.pods[classId]!) inForce.set(pod.id, set)
    const next = made.get(own) ?? makeTable(compiled, { ...own, variants: set.variants })
    made.set(own, next)
    return next
  })
  return { compiled: { ...compiled, tables, inForce: overlay(compiled.inForce, inForce) }, touched: [...new Set([...touched, ...flips])] }
}

const flipped = (set: PolicySet, position: number): PolicySet =>
  set.includes(position) ? set.filter(each => each !== position) : [...set, position].sort((a, b) => a - b)

/** AWS: pods that share tables are selected alike before and after. */
function movesTogether(compiled: CompiledCluster, flips: ReadonlySet<number>): boolean {
  const { classes, inForce } = compiled
  return [...flips].every(classId =>
    classes.pods[classId]!.every(
      pod =>
        (inForce.get(pod.id)?.siblings.length ?? 0) === 0 && [...namesakes(compiled, pod)].every(id => flips.has(classes.classOf.get(id)!)),
    ),
  )
}
