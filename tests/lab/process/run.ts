import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Text for the command's standard input. */
  readonly input?: string
  /** A file that also receives everything the command prints. */
  readonly log?: string
}

/** A command that ended with a status other than 0; the message carries the end of what it printed. */
export class CommandFailed extends Error {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string

  constructor(command: readonly string[], status: number | null, stdout: string, stderr: string) {
    const shown = (stderr || stdout).trim().slice(-2000)
    super(`${command.join(' ')}: exit status ${status}\n${shown}`)
    this.name = 'CommandFailed'
    this.status = status
    this.stdout = stdout
    this.stderr = stderr
  }
}

/** Runs a command to its end and answers its standard output. Throws `CommandFailed`. */
export async function run(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const [program, ...args] = command
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ? { ...process.env, ...options.env } : process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log = options.log ? createWriteStream(options.log, { flags: 'a' }) : undefined
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      log?.write(text)
    })
  }
  // A command may end without reading its input; its exit status is what counts then.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  child.stdin.end(options.input ?? '')
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  log?.end()
  if (status !== 0) throw new CommandFailed(command, status, printed.stdout, printed.stderr)
  return printed.stdout
}
