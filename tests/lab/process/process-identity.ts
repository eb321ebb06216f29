import { readFileSync } from 'node:fs'

/** A process and the moment it began, in the kernel's ticks: a pid alone may since have been given to a stranger. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startedAt: string
}

/** Who runs under this pid now; undefined when nobody does. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const startedAt = startTime(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** This process. */
export const ownIdentity = (): ProcessIdentity => processIdentity(process.pid) as ProcessIdentity

/** Whether that very process still runs. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return startTime(identity.pid) === identity.startedAt
}

/** Field 22 of /proc/<pid>/stat (proc(5)), counted after the name in brackets, which may hold spaces. */
function startTime(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return fields?.[0] === 'Z' ? undefined : fields?.[19]
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
