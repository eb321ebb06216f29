import { settleText } from '#base/settle.ts'
import { maskSecrets } from '#base/secret-shapes.ts'
import type { Clue, Diagnosis, Followed, Open, RuledOut } from '#findings/diagnosis.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { evidenceJson, findingJson } from './json.ts'
import { jsonText } from './json-text.ts'

/** The answer as data, as `docs/schemas/diagnosis.schema.json` says. */
export function diagnosisJson(
  diagnosis: Diagnosis,
  { problems, version }: { readonly problems: readonly InputProblem[]; readonly version: string },
): string {
  const { subject, answer, followed, cause } = diagnosis
  return `${jsonText({
    schemaVersion: 1,
    tool: { name: 'mortise', version },
    ...(subject === undefined ? {} : { subject }),
    answer,
    ...(followed === undefined ? {} : { followed: followedJson(followed) }),
    ...(cause === undefined
      ? {}
      : { cause: { joint: cause.joint, link: cause.id, check: cause.finding.check.id, finding: findingJson(cause.finding) } }),
    ruledOut: diagnosis.ruledOut.map(ruledOutJson),
    open: diagnosis.open.map(openJson),
    alsoBroken: diagnosis.alsoBroken.map(findingJson),
    unknownTexts: diagnosis.unknownTexts.map(clueJson),
    past: diagnosis.past.map(clueJson),
    problems,
  })}\n`
}

const clueJson = ({ text, from, evidence, at }: Clue) => ({
  text: maskSecrets(text),
  from,
  ...(evidence === undefined ? {} : { evidence: evidenceJson(evidence) }),
  ...(at === undefined ? {} : { at }),
})

const followedJson = ({ clue, joint, symptom, link, means, parameters, source, sees, hidden }: Followed) => ({
  ...clueJson(clue),
  joint,
  symptom,
  link,
  means,
  parameters,
  source,
  ...(sees === undefined ? {} : { sees }),
  ...(hidden === undefined ? {} : { hidden }),
})

const ruledOutJson = ({ joint, id, what, evidence }: RuledOut) => ({
  joint,
  link: id,
  what,
  ...(evidence === undefined ? {} : { evidence: evidenceJson(evidence) }),
})

const openJson = ({ joint, id, what, fact }: Open) => ({
  joint,
  link: id,
  what,
  kind: fact.kind,
  ...(fact.id === undefined ? {} : { id: fact.id }),
  reason: fact.reason,
  ...(fact.settle === undefined ? {} : { settle: { ...fact.settle, text: settleText(fact.settle) } }),
})
