import { readFile } from 'node:fs/promises'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml'
import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { Blueprint, BlueprintRead, BlueprintWorkload } from '#model/blueprint.ts'

/**
 * The blueprint of a file, as `docs/schemas/blueprint.schema.json` says.
 * @throws UserError `BAD_BLUEPRINT` at the line and column of whatever is wrong first
 */
export async function readBlueprint(file: string): Promise<Blueprint> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError('BAD_BLUEPRINT', `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      help: 'name the file that declares what shall hold: mortise plan mortise.yaml',
      cause: error,
    })
  }
  return parseBlueprint(text, file)
}

export function parseBlueprint(text: string, file: string): Blueprint {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const where = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) throw bad(error.message.split('\n')[0] ?? error.message, where(error.pos[0]))
  const reader: Reader = { where: node => where(node?.range?.[0] ?? 0) }
  return blueprintOf(reader, document.contents)
}

interface Reader {
  where(node: Node | null | undefined): string
}

const bad = (message: string, at: string, help?: string) =>
  new UserError('BAD_BLUEPRINT', message, { where: at, ...(help === undefined ? {} : { help }) })

/** The members of a map. @throws for members that there are none of, with the one that was meant */
function membersOf(
  reader: Reader,
  node: unknown,
  what: string,
  known: readonly string[] | undefined,
): ReadonlyMap<string, Pair<Node, Node | null>> {
  if (!isMap(node)) throw bad(`${what} must be a map`, reader.where(node as Node | null))
  const members = new Map<string, Pair<Node, Node | null>>()
  for (const pair of (node as YAMLMap<Node, Node | null>).items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : ''
    if (known !== undefined && !known.includes(name)) {
      const near = nearest(name, known)
      throw bad(
        `${what} has no ${name}`,
        reader.where(pair.key),
        near === undefined ? `it has ${known.join(', ')}` : `did you mean ${near}?`,
      )
    }
    members.set(name, pair)
  }
  return members
}

function textOf(reader: Reader, pair: Pair<Node, Node | null> | undefined, what: string, at: string): string {
  if (pair === undefined) throw bad(`${what} is missing`, at)
  const { value } = pair
  if (!isScalar(value) || typeof value.value !== 'string' || value.value === '')
    throw bad(`${what} must be a text`, reader.where(value ?? pair.key))
  return value.value
}

function blueprintOf(reader: Reader, node: unknown): Blueprint {
  const members = membersOf(reader, node, 'a blueprint', ['cluster', 'workloads'])
  const cluster = textOf(reader, members.get('cluster'), 'cluster', reader.where(node as Node))
  const workloads = members.get('workloads')
  if (workloads === undefined) throw bad('workloads is missing', reader.where(node as Node))
  const named = membersOf(reader, workloads.value, 'workloads', undefined)
  return { cluster, workloads: [...named].map(([name, pair]) => workloadOf(reader, name, pair)) }
}

function workloadOf(reader: Reader, name: string, pair: Pair<Node, Node | null>): BlueprintWorkload {
  const at = reader.where(pair.key)
  const [namespace = '', serviceAccount = '', ...rest] = name.split('/')
  if (namespace === '' || serviceAccount === '' || rest.length > 0) {
    throw bad(`${name} names no service account`, at, 'write namespace/name, as in payments/reader')
  }
  const members = membersOf(reader, pair.value, name, ['identity', 'reads'])
  const identity = members.has('identity') ? textOf(reader, members.get('identity'), 'identity', at) : undefined
  if (identity !== undefined && identity !== 'irsa' && identity !== 'pod-identity') {
    throw bad(`identity is irsa or pod-identity, not ${identity}`, reader.where(members.get('identity')?.value))
  }
  const reads = members.get('reads')?.value
  if (reads !== undefined && !isSeq(reads)) throw bad('reads must be a list', reader.where(reads))
  const items = (reads?.items ?? []) as readonly Node[]
  return {
    namespace,
    serviceAccount,
    ...(identity === undefined ? {} : { identity }),
    reads: items.map(item => readOf(reader, item)),
    where: at,
  }
}

function readOf(reader: Reader, node: Node): BlueprintRead {
  const where = reader.where(node)
  const text = isScalar(node) && typeof node.value === 'string' ? node.value : ''
  const [kind, ...rest] = text.split('/')
  const name = rest.join('/')
  if (kind === 'secret' && name !== '') return { is: 'secret', name, where }
  const [bucket = '', ...keys] = rest
  if (kind === 's3' && bucket !== '' && keys.length > 0) return { is: 's3', bucket, keys: keys.join('/'), where }
  throw bad(`${text === '' ? 'this' : text} is nothing that can be read`, where, 'write secret/NAME or s3/BUCKET/KEYS, as in s3/reports/*')
}
