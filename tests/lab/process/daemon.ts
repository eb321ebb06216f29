import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { findExecutable } from './find-executable.ts'

export interface Daemon {
  readonly name: string
  readonly pid: number
  readonly log: string
  /** Rejects when the process ends although nobody stopped it; never resolves. */
  readonly died: Promise<never>
  stop(): Promise<void>
}

export interface DaemonOptions {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** Its whole environment: nothing of the caller's proxies, credentials or profiles reaches the lab. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly log: string
}

/**
 * Starts a long-lived process that dies with us, even when we are killed by SIGKILL: `setpriv --pdeathsig` (util-linux)
 * asks the kernel for that, and the request survives the exec of the program itself.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const setpriv = findExecutable('setpriv')
  const [program, ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--', ...options.command] : options.command
  const log = openSync(options.log, 'a')
  const child = spawn(program as string, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', log, log] })
  closeSync(log)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const state = { stopping: false }
  const died = new Promise<never>((_, reject) => {
    child.once('exit', (status, signal) => {
      if (!state.stopping) reject(new Error(deathNotice(options, status ?? signal)))
    })
  })
  // Whoever waits for it hears of it; without a waiter it must not end the process as an unhandled rejection.
  died.catch(() => undefined)
  return { name: options.name, pid: child.pid as number, log: options.log, died, stop: () => stop(child, state) }
}

async function stop(child: ChildProcess, state: { stopping: boolean }): Promise<void> {
  state.stopping = true
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  // Nothing in a lab is worth an orderly shutdown: its data goes with it.
  child.kill('SIGKILL')
  await exited
}

function deathNotice(options: DaemonOptions, how: number | string | null): string {
  const tail = readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
  return `${options.name} ended by itself (${how}); the end of ${options.log}:\n${tail}`
}
