import { settleText } from '#base/settle.ts'
import { jsonText } from './json-text.ts'
import { evidenceJson, fixJson } from './json.ts'
import type { DecisionReport, WayReport } from './decision.ts'

/** Raised when a reader of the old one could misread the new one. */
export const accessSchemaVersion = 1

/** The same as data, as `docs/schemas/access.schema.json` says. */
export function decisionJson(report: DecisionReport, options: { readonly version: string }): string {
  const { subject, action, resource, verdict, ways, warnings, problems } = report
  const data = {
    schemaVersion: accessSchemaVersion,
    tool: { name: 'mortise', version: options.version },
    question: { principal: subject, action, resource },
    verdict,
    answers: ways.map(wayJson),
    warnings,
    problems,
  }
  return `${jsonText(data)}\n`
}

function wayJson(way: WayReport) {
  const { mechanism, caller, roleArn, steps, session, verdict, headline, evidence, decision, conditional, unread, notRead, layers, heals } =
    way
  return {
    mechanism,
    ...(way.on === undefined ? {} : { resource: way.on }),
    ...(caller === undefined ? {} : { caller }),
    ...(roleArn === undefined ? {} : { roleArn }),
    session,
    verdict,
    reason: headline,
    ...(decision === undefined ? {} : { decision: decision.answer }),
    ...(decision?.decidedBy === undefined ? {} : { decidedBy: decision.decidedBy }),
    ...(decision?.missingLayer === undefined ? {} : { missingLayer: decision.missingLayer }),
    evidence: evidence.map(evidenceJson),
    path: steps.map(({ text, at }) => ({ text, ...(at === undefined ? {} : { at: evidenceJson(at) }) })),
    conditional: conditional.map(({ key, operator, values, effect, layer, text }) => ({ key, operator, values, effect, layer, text })),
    notRead: [...notRead, ...unread.map(fact => `${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`}: ${fact.reason}`)],
    settle: [...new Set(unread.flatMap(({ settle }) => (settle === undefined ? [] : [settleText(settle)])))],
    layers: layers.map(({ layer, text, says, by, at }) => ({
      layer,
      text,
      says,
      ...(by === undefined ? {} : { by }),
      ...(at === undefined ? {} : { at: evidenceJson(at) }),
    })),
    counterfactual: heals.map(heal => fixJson(heal, evidence)),
    ...(way.help === undefined ? {} : { help: way.help }),
  }
}
