import { settleText } from '#base/settle.ts'
import { maskSecrets } from '#base/secret-shapes.ts'
import type { Clue, Diagnosis, Followed, Open, RuledOut } from '#findings/diagnosis.ts'
import type { Finding } from '#findings/finding.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import { valueAt } from '#model/place.ts'
import { clean, cutEnd } from './characters.ts'
import { diagnostic, type TextOptions } from './diagnostic.ts'
import { inkFor } from './ink.ts'
import { placeText } from './place-text.ts'
import { hang, wrap } from './wrap.ts'

/** One answer: the cause, what shows it, what to change, and what it is not. Ends with a line feed. */
export function diagnosisText(diagnosis: Diagnosis, options: TextOptions): string {
  const { followed, cause, ruledOut, open, alsoBroken, past } = diagnosis
  const blocks = [
    headline(diagnosis, options),
    ...(followed === undefined ? [] : [followedText(followed, options)]),
    ...(cause === undefined ? [] : [diagnostic(cause.finding, options)]),
    ...listBlock(
      'ruled out',
      ruledOut.flatMap(each => ruledOutLines(each, options)),
      options,
    ),
    ...listBlock(
      openTitle(diagnosis),
      open.slice(0, shown(options)).flatMap(each => openLines(each, options)),
      options,
    ),
    ...listBlock(
      'also broken, and not what is seen here',
      alsoBroken.slice(0, shown(options)).flatMap(each => alsoLines(each, options)),
      options,
    ),
    ...listBlock(
      'not known to Mortise',
      diagnosis.unknownTexts.slice(0, shown(options)).flatMap(each => clueLines(each, options)),
      options,
    ),
    ...listBlock('past', options.verbose === true ? past.flatMap(each => clueLines(each, options)) : [], options),
    ...nextText(diagnosis, options),
  ]
  return `${blocks.join('\n\n')}\n`
}

const shown = ({ verbose }: TextOptions): number => (verbose === true ? Number.POSITIVE_INFINITY : 4)

/** What the answer is, in one sentence. */
function headline(diagnosis: Diagnosis, { color, width }: TextOptions): string {
  const ink = inkFor(color)
  const subject = diagnosis.subject === undefined ? '' : `${clean(diagnosis.subject)} · `
  const [first = '', ...rest] = wrap(`${subject}${answerText(diagnosis)}`, width)
  return [ink('bold', first), ...rest.map(line => ink('bold', line))].join('\n')
}

function answerText({ answer, cause, followed, open }: Diagnosis): string {
  if (answer === 'cause' && cause !== undefined) return `the cause is at link ${cause.title} of ${cause.joint}`
  if (answer === 'told' && followed !== undefined) return `the text points at ${followed.joint}, and says it all`
  if (answer === 'undecided')
    return open.length === 0 ? 'the text hides its cause, and nothing that was read shows it' : 'not decided: something was not read'
  if (answer === 'unknown-text') return 'this text is not known: it points at no link'
  return open.length === 0 ? 'no fault found' : 'no fault found in what was read'
}

/** The text, where it stands, and what it means. */
function followedText({ clue, means, sees, hidden }: Followed, options: TextOptions): string {
  const ink = inkFor(options.color)
  const text = cutEnd(clean(maskSecrets(clue.text)), longest)
  const from = clue.from === 'given' ? 'said' : clue.from
  return [
    ...hang(`${from}: `, text, options.width, 2),
    ...(clue.evidence === undefined ? [] : [ink('faint', `  ${placeText(placeOf(clue.evidence))}`)]),
    ...hang('means: ', means, options.width, 2),
    ...(sees === undefined ? [] : hang('asked: ', sees, options.width, 2)),
    ...(hidden === undefined ? [] : hang('hides: ', hidden, options.width, 2)),
  ].join('\n')
}

const longest = 600

function listBlock(title: string, lines: readonly string[], { color }: TextOptions): readonly string[] {
  return lines.length === 0 ? [] : [[inkFor(color)('bold', `${title}:`), ...lines].join('\n')]
}

function ruledOutLines({ joint, title, what, evidence }: RuledOut, { color, width }: TextOptions): readonly string[] {
  const ink = inkFor(color)
  const by = evidence === undefined ? `${joint} · ${title} holds` : proofText(evidence)
  return [...hang('  – ', clean(what), width), ...hang('    ', by, width).map(line => ink('faint', line))]
}

/** What was seen and where: `the token says …, k8s/reader.yaml:7`. */
function proofText(evidence: Evidence): string {
  const value = valueAt(evidence.resource.body, evidence.path)
  const said = [evidence.label, typeof value === 'string' ? value : '', evidence.resource.id].find(words => words !== '') ?? ''
  return `${clean(cutEnd(said, 200))} (${placeText(placeOf(evidence))})`
}

const openTitle = ({ answer, cause }: Diagnosis): string =>
  cause !== undefined ? 'not read, so not ruled out' : answer === 'undecided' ? 'what would decide' : 'not read'

function openLines({ what, fact }: Open, { color, width }: TextOptions): readonly string[] {
  const ink = inkFor(color)
  return [
    ...hang(`  ${ink('unknown', '?')} `, clean(what), width, 4),
    ...hang('    ', clean(`${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`}: ${fact.reason}`), width),
    ...(fact.settle === undefined ? [] : hang('    to settle it: ', clean(settleText(fact.settle)), width, 6)),
  ]
}

function alsoLines({ severity, check, message }: Finding, { color, width }: TextOptions): readonly string[] {
  return hang(`  ${inkFor(color)('broken', '✕')} `, clean(`${severity}[${check.id}]: ${message}`), width, 4)
}

const clueLines = ({ from, text }: Clue, { width }: TextOptions): readonly string[] =>
  hang('  ', `${from}: ${cutEnd(clean(maskSecrets(text)), 300)}`, width, 4)

const plainName = /^([a-z]+\/[a-z0-9.-]+) in ([a-z0-9.-]+)$/i

function nextText({ subject, answer }: Diagnosis, { color }: TextOptions): readonly string[] {
  const [, name, namespace] = plainName.exec(subject ?? '') ?? []
  if (name === undefined)
    return answer === 'told' || answer === 'undecided' ? ['next: mortise diagnose WORKLOAD -n NAMESPACE --error "<text>"'] : []
  return [inkFor(color)('faint', `next: mortise explain ${name} -n ${namespace}`)]
}
