import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../process/run.ts'
import { cache, makeAtomically } from './cache.ts'
import type { Part } from './part.ts'

const goEnvironment = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath' }

/** A program that go builds, and where it is when it is built. */
export interface GoProgram extends Part {
  readonly path: string
}

/** Runs go in a folder, behind everything else that the machine does, and answers what it printed. */
export function go(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return run(['nice', '-n', '10', 'go', ...args], { cwd: folder, env: { ...goEnvironment, ...env }, log: cache.log })
}

/** Builds one main package of the module in `folder`; linked without tables for debuggers, and with `flags`. */
export async function goBuild(folder: string, mainPackage: string, program: string, flags: readonly string[] = []): Promise<void> {
  const linker = ['-s', '-w', ...flags].join(' ')
  await makeAtomically(program, async file => void (await go(folder, ['build', '-ldflags', linker, '-o', file, mainPackage])))
}

/** A command of a published module, with the dependencies that its authors chose. */
export function publishedProgram(name: string, module: string, version: string): GoProgram {
  const folder = join(cache.binaries, `${name}-${version}`)
  const path = join(folder, name)
  const build = async () => {
    await makeAtomically(folder, async temporary => {
      await mkdir(temporary)
      await go(temporary, ['install', '-ldflags', '-s -w', `${module}@v${version}`], { GOBIN: temporary })
    })
  }
  return { name, path, isReady: () => existsSync(path), build }
}

/**
 * A program of a Go module in the tree: `mainPackage` of the module in `folder`. Its name in the cache holds a digest of
 * the module's files, `go.sum` and what it embeds included, so an edit builds it anew.
 */
export function moduleProgram(name: string, folder: URL, mainPackage = '.'): GoProgram {
  const module = fileURLToPath(folder)
  const path = join(cache.binaries, `${name}-${digestOf(module)}`)
  return { name, path, isReady: () => existsSync(path), build: () => goBuild(module, mainPackage, path) }
}

function digestOf(folder: string): string {
  const hash = createHash('sha256')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => /\.(go|json)$|(^|\/)go\.(mod|sum)$/.test(name))
  for (const name of names.toSorted())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update('\0')
  return hash.digest('hex').slice(0, 12)
}
