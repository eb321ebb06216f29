import type { StepResult } from '#model/probe.ts'

/** The lines of JSON that the program in probe/ prints, one for each step. Other lines are none of ours: whoever wraps the image may print. */
export function stepResults(log: string): ReadonlyMap<string, StepResult> {
  return new Map(log.split('\n').flatMap(line => resultOf(line) ?? []))
}

function resultOf(line: string): readonly (readonly [string, StepResult])[] | undefined {
  if (!line.startsWith('{"mortise":1,')) return undefined
  const parsed = parsedLine(line)
  if (parsed === undefined) return undefined
  const { id, ok, text, code, facts } = parsed
  if (typeof id !== 'string' || typeof ok !== 'boolean' || typeof text !== 'string') return undefined
  return [[id, { ok, text, ...(code === undefined ? {} : { code }), ...(facts === undefined ? {} : { facts }) }]]
}

/** A line may be cut: the kubelet rotates logs, and a pod is killed at its deadline. */
function parsedLine(line: string): (Partial<StepResult> & { readonly id?: string }) | undefined {
  try {
    return JSON.parse(line) as Partial<StepResult> & { readonly id?: string }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
