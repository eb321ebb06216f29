import { forEachMember } from '../bitset.ts'
import type { AwsTerms } from './aws-terms.ts'
import { makeDoubt, makeTerms, type CompiledCluster } from './compile.ts'
import { makeTable, type Table } from './table.ts'

/** A cluster after an edit, and the classes whose rows may have changed. */
export interface Updated {
  readonly compiled: CompiledCluster
  readonly touched: readonly number[]
}

/** The same cluster with the terms of some policies made again, and the tables that they are in; of all, every table. */
export function recompiled(compiled: CompiledCluster, changed: ReadonlySet<number> | 'all'): Updated {
  const { columns, aws, policies, options, crash, family } = compiled
  const made = new Map<string, AwsTerms>()
  const next: CompiledCluster = {
    ...compiled,
    termsOf: (policy, direction, key) => {
      if (changed !== 'all' && !changed.has(policy)) return compiled.termsOf(policy, direction, key)
      const name = `${policy} ${direction} ${JSON.stringify(key.containerPorts)}`
      const known = made.get(name) ?? makeTerms(policies[policy]!, direction, key.containerPorts, columns, aws)
      made.set(name, known)
      return known
    },
    doubt: makeDoubt(options, policies, crash, family),
  }
  const again = new Map<Table, Table>()
  const touched: number[] = []
  const tables = compiled.tables.map((table, classId) => {
    if (changed !== 'all' && !table.variants.some(variant => variant.some(policy => changed.has(policy)))) return table
    touched.push(classId)
    const known = again.get(table) ?? makeTable(next, table)
    again.set(table, known)
    return known
  })
  return { compiled: { ...next, tables }, touched }
}

/** Classes other than those of the host network that the things of a set belong to. */
export function classesOfThings(things: Uint32Array, { columns }: CompiledCluster): Set<number> {
  const classes = new Set<number>()
  forEachMember(things, thing => {
    const { classId } = columns.things[thing]!
    if (classId >= columns.hostClasses) classes.add(classId)
  })
  return classes
}
