import type { Fault, Said } from './fault.ts'
import type { WorldEditor } from './world-editor.ts'

/** One row of a table of faults, for each of the workloads that the table is of. */
export interface FaultRow<Who = undefined> {
  readonly name: string
  readonly breaks: (world: WorldEditor, who: Who) => unknown
  readonly says?: readonly Said[] | ((who: Who) => readonly Said[])
  /** Of the table's joint by its own name, of another by its whole one: `trust`, `pod-identity/trust`. */
  readonly link: string
  /** Of the joint of the link by its own name: `trust-does-not-match`. */
  readonly check: string
}

export interface FaultTable {
  /** What the names of its faults begin with. */
  readonly title: string
  readonly joint: string
  /** `deploy/web in shop`. */
  readonly of: string
}

export const saidOf = <Who>({ says }: FaultRow<Who>, who: Who): readonly Said[] => (typeof says === 'function' ? says(who) : (says ?? []))

/** The fault of a row. */
export const faultOf =
  <Who>({ title, joint, of }: FaultTable, who: Who) =>
  (row: FaultRow<Who>): Fault => {
    const link = within(joint, row.link)
    const check = within(link.slice(0, link.indexOf('/')), row.check)
    return { name: `${title}: ${row.name}`, of, breaks: world => row.breaks(world, who), says: saidOf(row, who), expected: { link, check } }
  }

const within = (joint: string, name: string): `${string}/${string}` =>
  name.includes('/') ? (name as `${string}/${string}`) : `${joint}/${name}`
