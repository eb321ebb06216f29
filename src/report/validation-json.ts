import { countStates, stateOfProbe, type ValidatedProbe, type Validation, type ValidationPlan } from '#findings/validation.ts'
import type { Expectation, Prediction, Probe } from '#model/probe.ts'
import { jsonText } from './json-text.ts'
import { evidenceJson, settleJson } from './json.ts'

/** Raised when a reader of the old one could misread the new one. */
export const validationSchemaVersion = 1

interface Options {
  readonly version: string
}

/** A validation as JSON, as `docs/schemas/validation.schema.json` says. */
export function validationJson(validation: Validation, options: Options): string {
  const { probes, seconds, interrupted } = validation
  return `${jsonText({ ...headJson(validation, options), interrupted, seconds: round(seconds), summary: countStates(probes), probes: probes.map(probeJson) })}\n`
}

/** What would run, in the same form: without observations. */
export function validationPlanJson(plan: ValidationPlan, options: Options): string {
  return `${jsonText({ ...headJson(plan, options), probes: plan.probes.map(plannedJson) })}\n`
}

const headJson = ({ run, cluster, image, permissions, untried, problems }: Omit<ValidationPlan, 'probes'>, { version }: Options) => ({
  schemaVersion: validationSchemaVersion,
  tool: { name: 'mortise', version },
  run,
  cluster,
  image,
  permissions,
  untried,
  problems,
})

const probeJson = (probe: ValidatedProbe) => ({
  joint: probe.joint,
  subject: probe.subject,
  state: stateOfProbe(probe),
  seconds: round(probe.seconds),
  results: probe.results.map(result => ({ ...expectationJson(result), state: result.state, observed: result.observed })),
  ...(probe.trouble === undefined ? {} : { trouble: probe.trouble }),
  left: probe.left.map(({ target: { kind, id }, why }) => ({ kind, id, why })),
})

const plannedJson = ({ joint, subject, objects, pods, acts, expectations }: Probe) => ({
  joint,
  subject,
  makes: [...objects, ...pods.map(({ job }) => job(new Map()))].map(({ kind, id, body }) => ({ kind, id, body })),
  asks: acts,
  results: expectations.map(expectationJson),
})

const expectationJson = ({ id, says, isMust, predicted }: Expectation) => ({ id, says, isMust, predicted: predictionJson(predicted) })

function predictionJson(predicted: Prediction) {
  if (predicted.is === 'unknown') {
    const { kind, reason, settle } = predicted.fact
    return { is: predicted.is, kind, reason, ...settleJson(settle) }
  }
  const { is, because, at, link, check } = predicted
  return { is, because, ...(link === undefined ? {} : { link }), ...(check === undefined ? {} : { check }), evidence: at.map(evidenceJson) }
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10
