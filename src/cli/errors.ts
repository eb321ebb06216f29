import { inspect } from 'node:util'
import { RemoteError, UserError } from '#base/errors.ts'

/** Tells what went wrong on stderr and gives the exit code. Only our own bugs print a stack. */
export function reportError(error: unknown): number {
  process.stderr.write(errorText(error))
  return isInterrupt(error) ? 130 : 2
}

function errorText(error: unknown): string {
  if (isInterrupt(error)) return 'interrupted: nothing was changed\n'
  if (error instanceof UserError) {
    const where = error.where === undefined ? '' : `  --> ${error.where}\n`
    const help = error.help === undefined ? '' : `  = help: ${error.help}\n`
    return `error[${error.code}]: ${printable(error.message)}\n${where}${help}`
  }
  if (error instanceof RemoteError) {
    const again = error.retryable ? '  = help: try again later\n' : ''
    return `error[${error.code}]: ${error.service}:${error.operation} failed: ${printable(error.message)}\n${again}`
  }
  return `error[BUG]: this is a bug in mortise, please report it\n${inspect(error)}\n`
}

export const isInterrupt = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** Control characters of foreign messages must not reach the terminal. */
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?')
