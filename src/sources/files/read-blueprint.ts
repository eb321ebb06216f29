import { readFile } from 'node:fs/promises'
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { UserError } from '#base/errors.ts'
import type {
  Blueprint,
  BlueprintAccess,
  BlueprintFlow,
  BlueprintLogs,
  BlueprintNetwork,
  BlueprintPeer,
  BlueprintRead,
  BlueprintStorage,
  BlueprintWorkload,
} from '#model/blueprint.ts'
import type { Path } from '#model/place.ts'
import { faultOf } from './blueprint-faults.ts'
import { blueprintSchema, type BlueprintFile } from './blueprint-schema.ts'

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
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) throw bad(error.message.split('\n')[0] ?? error.message, at(error.pos[0]))
  const value: unknown = document.toJS()
  const parsed = blueprintSchema.safeParse(value)
  if (parsed.success) return blueprintOf(parsed.data, path => at(keyOffset(document, path)))
  // What stands first in the file is told first, whatever the order of the schema.
  const faults = parsed.error.issues.map(issue => faultOf(issue, value))
  const placed = faults.map(fault => ({ ...fault, offset: (fault.isKey ? keyOffset : valueOffset)(document, fault.path) }))
  const [first] = placed.sort((a, b) => a.offset - b.offset)
  throw bad(first?.message ?? 'this is no blueprint', at(first?.offset ?? 0), first?.help)
}

const bad = (message: string, where: string, help?: string) =>
  new UserError('BAD_BLUEPRINT', message, { where, ...(help === undefined ? {} : { help }) })

/** Where the value at a path begins; where it is missing, the nearest that there is around it. */
function valueOffset(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    if (typeof node === 'object' && node !== null && 'range' in node) return (node.range as [number])[0]
  }
  return document.contents?.range[0] ?? 0
}

/** Where the name of a member of a map stands; of an item of a list, the item. */
function keyOffset(document: Document.Parsed, path: Path): number {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1))) : undefined
  return isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : valueOffset(document, path)
}

type Where = (path: Path) => string

function blueprintOf(file: BlueprintFile, where: Where): Blueprint {
  const { cluster, workloads = {}, storage, logs, detection, nodes, access = {}, authenticationMode } = file
  return {
    cluster,
    workloads: Object.entries(workloads).map(([name, each]) => workloadOf(name, each, where)),
    ...(storage === undefined ? {} : { storage: storageOf(storage, where) }),
    ...(logs === undefined ? {} : { logs: logsOf(logs, where) }),
    ...(detection === undefined ? {} : { detection: { ...detection, where: where(['detection']) } }),
    ...(nodes === undefined ? {} : { nodes: { ...nodes, where: where(['nodes']) } }),
    access: Object.entries(access).map(([principal, each]) => accessOf(principal, each, where)),
    ...(authenticationMode === undefined ? {} : { authenticationMode }),
  }
}

function workloadOf(name: string, file: NonNullable<BlueprintFile['workloads']>[string], where: Where): BlueprintWorkload {
  const [namespace = '', serviceAccount = ''] = name.split('/')
  const path = ['workloads', name]
  const { pods, identity, reads = [], mounts = {}, network } = file
  return {
    namespace,
    serviceAccount,
    ...(pods === undefined ? {} : { pods }),
    ...(identity === undefined ? {} : { identity }),
    reads: reads.map((text, index) => readOf(text, where([...path, 'reads', index]))),
    mounts: Object.entries(mounts).map(([secret, folder]) => ({ secret, folder, where: where([...path, 'mounts', secret]) })),
    ...(network === undefined ? {} : { network: networkOf(network, [...path, 'network'], where) }),
    where: where(path),
  }
}

function readOf(text: string, where: string): BlueprintRead {
  const [is, ...rest] = text.split('/')
  if (is === 'secret' || is === 'parameter') return { is, name: rest.join('/'), where }
  const [bucket = '', ...keys] = rest
  return { is: 's3', bucket, keys: keys.join('/'), where }
}

function networkOf(
  { from, to, securityGroup }: NonNullable<NonNullable<BlueprintFile['workloads']>[string]['network']>,
  path: Path,
  where: Where,
): BlueprintNetwork {
  const flows = (list: readonly string[], side: string) => list.map((text, index) => flowOf(text, where([...path, side, index])))
  return {
    ...(from === undefined ? {} : { from: flows(from, 'from') }),
    ...(to === undefined ? {} : { to: flows(to, 'to') }),
    ...(securityGroup === undefined ? {} : { securityGroup: { id: securityGroup, where: where([...path, 'securityGroup']) } }),
    where: where(path),
  }
}

/** @throws UserError `BAD_BLUEPRINT` for a port or a block that there is none of */
function flowOf(text: string, where: string): BlueprintFlow {
  const [, peer = '', port = '', protocol = 'tcp'] = /^(.*):(\d+)(?:\/(tcp|udp))?$/.exec(text) ?? []
  if (Number(port) < 1 || Number(port) > 65_535) throw bad(`${port} is no port`, where, 'ports are 1 to 65535')
  return { peer: peerOf(peer), protocol: protocol === 'udp' ? 'UDP' : 'TCP', port: Number(port), where }
}

function peerOf(text: string): BlueprintPeer {
  if (text === 'internet') return { is: 'internet' }
  if (text.startsWith('[')) return { is: 'block', cidr: text.slice(1, -1) }
  if (/^\d+\./.test(text)) return { is: 'block', cidr: text }
  const [first = '', name = ''] = text.split('/')
  if (first === 'rds') return { is: 'rds', name }
  if (first === 'aws') return { is: 'aws', service: name }
  return { is: 'workload', namespace: first, serviceAccount: name }
}

function storageOf(file: NonNullable<BlueprintFile['storage']>, where: Where): BlueprintStorage {
  const { class: name, key, default: isDefault, accountDefault } = file
  return {
    class: name,
    ...(key === undefined ? {} : { key }),
    ...(isDefault === undefined ? {} : { isDefault }),
    ...(accountDefault === undefined ? {} : { accountDefault }),
    where: where(['storage']),
  }
}

function logsOf(file: NonNullable<BlueprintFile['logs']>, where: Where): BlueprintLogs {
  const { insights, retention, controlPlane = [], key } = file
  return {
    ...(insights === undefined ? {} : { insights }),
    ...(retention === undefined ? {} : { retentionDays: Number.parseInt(retention, 10) }),
    controlPlane,
    ...(key === undefined ? {} : { key }),
    where: where(['logs']),
  }
}

function accessOf(principalArn: string, file: NonNullable<BlueprintFile['access']>[string], where: Where): BlueprintAccess {
  const { groups = [], policies = {} } = file
  const scoped = Object.entries(policies).map(([name, scope]) => ({ name, namespaces: scope === 'cluster' ? [] : scope }))
  return { principalArn, groups, policies: scoped, where: where(['access', principalArn]) }
}
