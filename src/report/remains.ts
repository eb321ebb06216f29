import { clean } from './characters.ts'
import { count } from './summary.ts'

interface Remains {
  readonly kind: string
  readonly id: string
  readonly run: string
  readonly age: number
}

/** A line for each object, oldest first. Ends with a line feed. */
export function remainsText(found: readonly Remains[]): string {
  if (found.length === 0) return 'no run left anything behind\n'
  return `${found.map(({ kind, id, run, age }) => `${kind.slice(4)} ${clean(id)}  of run ${clean(run)}, ${ageText(age)} old`).join('\n')}\n`
}

export const removedText = (found: readonly Remains[]): string =>
  found.length === 0 ? remainsText(found) : `removed ${count(found.length, 'object')}\n`

function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
