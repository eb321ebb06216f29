import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  readonly output: string
  /** Of processor time, to 10: the whole process, its start included. */
  readonly milliseconds: number
  /** The most that was resident. */
  readonly megabytes: number
}

/**
 * Runs a program and looks at it every few milliseconds, in /proc: so on Linux alone.
 * @throws when it cannot be started, or says that it failed
 */
export function runMeasured(command: string, args: readonly string[]): Promise<Measured> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const output: Buffer[] = []
  let seen = { milliseconds: 0, megabytes: 0 }
  const watch = setInterval(() => (seen = look(child.pid) ?? seen), 5)
  child.stdout.on('data', (part: Buffer) => output.push(part))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      clearInterval(watch)
      if (code === 0) resolve({ output: Buffer.concat(output).toString(), ...seen })
      else reject(new Error(`${command} ended with ${code}`))
    })
  })
}

/** Undefined when it has ended. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15, in ticks of 10 ms. */
function look(pid: number | undefined): Omit<Measured, 'output'> | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    const highest = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (highest === null) return undefined
    return { milliseconds: (Number(fields[11]) + Number(fields[12])) * 10, megabytes: Math.round(Number(highest[1]) / 1000) }
  } catch {
    return undefined
  }
}
