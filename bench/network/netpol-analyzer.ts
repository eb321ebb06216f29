import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { connectionText, type PortRun } from './connection-text.ts'
import { runMeasured, type Measured } from './run-measured.ts'

/*
 * The peer: https://github.com/np-guard/netpol-analyzer (Apache-2.0, Go), which computes from manifests, by the published semantics, all connections
 * of each workload to each other one. Its page says how to install it; the bench uses it when it is on PATH, by either of the names that it has had.
 */
const names = ['netpol-analyzer', 'netpolicy'] as const

/** Undefined: it is not on PATH. */
export const findPeer = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap(folder => names.map(name => join(folder, name)))
    .find(isProgram)

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface Connections {
  readonly cost: Omit<Measured, 'output'>
  /** By `from to`, each `namespace/name`; pairs that reach nothing are left out. */
  readonly byPair: ReadonlyMap<string, string>
}

interface Entry {
  readonly src: string
  readonly dst: string
  readonly conn: string
}

/** Addresses outside the cluster are among what it lists, and left out here. */
export async function askPeer(program: string, folder: string): Promise<Connections> {
  const { output, ...cost } = await runMeasured(program, ['list', '--dirpath', folder, '--output', 'json', '--quiet'])
  const entries = (JSON.parse(output) as readonly Entry[]).filter(({ src, dst }) => isWorkload(src) && isWorkload(dst))
  return { cost, byPair: new Map(entries.map(({ src, dst, conn }) => [`${nameOf(src)} ${nameOf(dst)}`, connectionText(runsOf(conn))])) }
}

const isWorkload = (end: string): boolean => end.endsWith('[Deployment]')
const nameOf = (end: string): string => end.slice(0, end.indexOf('['))

const protocols = ['TCP', 'UDP', 'SCTP'] as const

/** `All Connections`, or `TCP 80-90,443,UDP 53`. */
function runsOf(text: string): readonly PortRun[] {
  if (text === 'All Connections') return protocols.map(protocol => ({ protocol, from: 1, to: 65_535 }))
  return text.split(/,(?=[A-Z])/).flatMap(part => {
    const [name, ports = ''] = part.split(' ')
    const protocol = protocols.find(each => each === name)
    if (protocol === undefined) throw new Error(`netpol-analyzer says ${text}`)
    return ports.split(',').map(range => {
      const [from, to = from] = range.split('-').map(Number)
      return { protocol, from: from!, to: to! }
    })
  })
}
