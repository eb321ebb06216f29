import { readFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { UserError } from '#base/errors.ts'
import { filesOf, notABundle, tarOf } from './tar.ts'

/** What `mortise collect` takes along of the log of one container. */
export interface CollectedLog {
  readonly pod: string
  readonly container: string
  /** The lines that were kept. */
  readonly text: string
}

/** A world and what was said in it, to be looked at elsewhere. */
export interface Bundle {
  /** What it was collected for: `pod/reader-7d4`. */
  readonly target?: string
  readonly namespace?: string
  /** ISO 8601. */
  readonly collectedAt: string
  /** A snapshot, redacted. */
  readonly world: string
  readonly logs: readonly CollectedLog[]
  /** Logs that could not be read, and why. */
  readonly unreadLogs: readonly string[]
}

const version = 1
const mebibyte = 1024 * 1024
const mostBytes = 512 * mebibyte

/** The bundle as a gzipped tar archive that people can look into before they pass it on. */
export function writeBundle({ world, logs, ...rest }: Bundle): Buffer {
  const manifest = { version, ...rest, logs: logs.map(({ pod, container }, index) => ({ file: logName(index), pod, container })) }
  const files = [
    { name: 'README.txt', text: readme },
    { name: 'manifest.json', text: `${JSON.stringify(manifest, undefined, 2)}\n` },
    { name: 'world.yaml', text: world },
    ...logs.map(({ text }, index) => ({ name: logName(index), text })),
  ]
  return gzipSync(tarOf(files, Date.parse(rest.collectedAt) / 1000))
}

const logName = (index: number): string => `logs/${index + 1}.log`

const readme = `Collected by mortise collect, for: mortise diagnose --bundle <this file>

manifest.json  what it was collected for, when, and which log is which
world.yaml     what was read of the cluster and the account: objects, statuses and events, without values that look like secrets
logs/          lines of containers that tell of errors, and no others, without what looks like a secret

Nothing else is in it. Look through it before you pass it on.
`

/**
 * @throws UserError `CANNOT_READ`, `NOT_A_BUNDLE`, and `BUNDLE_VERSION` for one of a newer version
 */
export async function readBundle(file: string): Promise<Bundle> {
  const files = new Map(filesOf(unzipped(await bytesOf(file))).map(({ name, text }) => [name, text]))
  const world = files.get('world.yaml')
  const manifest = manifestOf(files.get('manifest.json'))
  if (world === undefined) throw notABundle('it has no world.yaml')
  if (manifest.version !== version)
    throw new UserError(
      'BUNDLE_VERSION',
      `${file} is a bundle of version ${String(manifest.version)}, and this program reads version ${version}`,
      {
        help: 'use the version of mortise that made it, or a newer one',
      },
    )
  const { target, namespace, collectedAt, logs = [], unreadLogs = [] } = manifest
  return {
    ...(typeof target === 'string' ? { target } : {}),
    ...(typeof namespace === 'string' ? { namespace } : {}),
    collectedAt: String(collectedAt),
    world,
    logs: logs.flatMap(({ file: name, pod, container }) => {
      const text = files.get(String(name))
      return text === undefined ? [] : [{ pod: String(pod), container: String(container), text }]
    }),
    unreadLogs: unreadLogs.map(String),
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('CANNOT_READ', `cannot read the bundle ${file}: ${reason}`, { help: 'name a file that can be read', cause: error })
  }
}

function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes })
  } catch (error) {
    throw notABundle(error instanceof Error ? error.message : String(error), error)
  }
}

interface Manifest {
  readonly version?: unknown
  readonly target?: unknown
  readonly namespace?: unknown
  readonly collectedAt?: unknown
  readonly logs?: readonly { readonly file?: unknown; readonly pod?: unknown; readonly container?: unknown }[]
  readonly unreadLogs?: readonly unknown[]
}

function manifestOf(text: string | undefined): Manifest {
  if (text === undefined) throw notABundle('it has no manifest.json')
  try {
    const manifest: unknown = JSON.parse(text)
    if (typeof manifest === 'object' && manifest !== null) return manifest
  } catch (error) {
    throw notABundle('its manifest.json is not JSON', error)
  }
  throw notABundle('its manifest.json is no object')
}
