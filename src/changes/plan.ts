import { createHash } from 'node:crypto'
import { UserError } from '#base/errors.ts'
import type { Change } from '#model/change.ts'
import { canonicalJson } from './canonical-json.ts'

/** Raised when a reader of the old one could misread the new one. */
export const planSchemaVersion = 1

/** One change in its place among the others. */
export interface Step {
  readonly change: Change
  /** What it does, in the imperative: `create role payments-reader`. */
  readonly title: string
  /** The joint and link that it makes: `pod-identity: association`. */
  readonly makes: string
  /** Why it is made so, when there was a choice. */
  readonly because?: string
  /** What later steps and the workload wait for after it. */
  readonly wait?: Wait
}

/** Both are bounded; what is not over by then fails the step. */
export type Wait = { readonly for: 'ready'; readonly seconds: number } | { readonly for: 'propagation'; readonly seconds: number }

/** An ordered list of changes. Later steps may need earlier ones. */
export interface Plan {
  readonly schemaVersion: typeof planSchemaVersion
  /** `sha256:…` of the rest in canonical JSON: whoever approves it approves exactly this. */
  readonly id: string
  readonly cluster: string
  /** When the world that it was made from was read. */
  readonly readAt?: string
  readonly steps: readonly Step[]
}

export function planOf(content: Omit<Plan, 'id' | 'schemaVersion'>): Plan {
  const rest = { schemaVersion: planSchemaVersion, ...content } as const
  return { ...rest, id: idOf(rest) }
}

/** The plan of a file's text. @throws UserError `BAD_PLAN` for anything else, a plan that was edited included. */
export function parsePlan(text: string, file: string): Plan {
  const plan = parsed(text, file)
  if (plan.schemaVersion !== planSchemaVersion) {
    throw badPlan(file, `it has schema version ${String(plan.schemaVersion)}, and this mortise reads ${String(planSchemaVersion)}`)
  }
  const { id, ...rest } = plan
  if (id !== idOf(rest)) throw badPlan(file, 'it was edited: its id does not fit what it says')
  return plan
}

function parsed(text: string, file: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badPlan(file, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const isPlan = typeof value === 'object' && value !== null && 'id' in value && 'steps' in value && Array.isArray(value.steps)
  if (!isPlan) throw badPlan(file, 'it has no id and steps')
  return value as Plan
}

const badPlan = (file: string, why: string, cause?: unknown) =>
  new UserError('BAD_PLAN', `${file} is no plan: ${why}`, { help: 'make one with mortise plan --out', cause })

const idOf = (content: Omit<Plan, 'id'>): string => `sha256:${createHash('sha256').update(canonicalJson(content)).digest('hex')}`
