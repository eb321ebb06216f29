import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Buffer
  readonly cwd?: string
  /** Ctrl-C, once this is fulfilled; a process that ends before it gets none. */
  readonly interruptWhen?: Promise<unknown>
}

/** What a process of ours has of this one's environment. Sources are compiled once for all processes that run them: that is half of what most runs take. */
export const plainEnvironment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  NODE_COMPILE_CACHE: join(tmpdir(), 'mortise-compiled'),
} as const

/** Starts the command line as a process of its own, from the sources, as a user's shell would. */
export const startMortise = (
  args: readonly string[],
  { env = {}, cwd = root }: Pick<RunOptions, 'env' | 'cwd'> = {},
): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, ['-C', 'source', `${root}src/cli/main.ts`, ...args], { cwd, env: { ...plainEnvironment, ...env } })

/** Runs it to its end. */
export function runMortise(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = startMortise(args, options)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A command that fails early does not read its input, which is no fault of the test.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  child.stdin.end(options.stdin ?? '')
  void options.interruptWhen?.then(() => child.kill('SIGINT'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }))
  })
}
