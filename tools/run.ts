import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a program from the root of the repository with what it prints passed on, or written into an open file; gives its exit code. */
export function run(program: string, args: readonly string[], into: 'inherit' | number = 'inherit'): Promise<number> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', into, into] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

/** A program that is a dev dependency, whatever PATH holds. */
export const bin = (name: string): string => `${root}node_modules/.bin/${name}`
