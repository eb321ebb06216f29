import { settleText } from '#base/settle.ts'
import {
  countStates,
  stateOfProbe,
  type JudgedState,
  type ValidatedProbe,
  type Validation,
  type ValidationPlan,
} from '#findings/validation.ts'
import type { Judged, Prediction, Probe, ProbeAct } from '#model/probe.ts'
import { placeOf } from '#model/resource.ts'
import { clean } from './characters.ts'
import { note, type TextOptions } from './diagnostic.ts'
import { inkFor, type Style } from './ink.ts'
import { problemText } from './problem-lines.ts'
import type { Frame } from './snippet.ts'
import { count } from './summary.ts'
import { hang } from './wrap.ts'

const signs: Readonly<Record<JudgedState, { readonly sign: string; readonly style: Style; readonly text: string }>> = {
  right: { sign: '✓', style: 'faint', text: 'as predicted' },
  broken: { sign: '✕', style: 'broken', text: 'broken' },
  differs: { sign: '≠', style: 'broken', text: 'the engine and the cluster differ' },
  'not-predicted': { sign: '?', style: 'unknown', text: 'not predicted' },
  'not-observed': { sign: '?', style: 'unknown', text: 'not observed' },
}

const frameOf = (options: TextOptions): Frame => ({ ink: inkFor(options.color), digits: 1, width: options.width })

/** Each probe with what was predicted and what was seen, then the counts. Quiet prints only what is not right. Ends with a line feed. */
export function validationText(validation: Validation, options: TextOptions & { readonly quiet?: boolean }): string {
  const shown = validation.probes.filter(probe => options.quiet !== true || stateOfProbe(probe) !== 'right')
  const blocks = [
    ...validation.problems.map(problem => problemText(problem, options)),
    ...shown.map(probe => probeBlock(probe, options).join('\n')),
    ...untriedLines(validation, options),
    summaryOf(validation, options),
  ]
  return `${blocks.join('\n\n')}\n`
}

function probeBlock(probe: ValidatedProbe, options: TextOptions): readonly string[] {
  const frame = frameOf(options)
  const { style, text } = signs[stateOfProbe(probe)]
  return [
    `${frame.ink('bold', clean(probe.subject))} · ${clean(probe.joint)} · ${frame.ink(style, text)}`,
    ...probe.results.flatMap(result => resultLines(result, options)),
    ...(probe.trouble === undefined ? [] : note('trouble', probe.trouble, frame)),
    ...probe.left.flatMap(({ target, why }) => note('left behind', `${target.kind} ${target.id}: ${why}`, frame)),
  ]
}

function resultLines({ says, predicted, observed, state }: Judged, options: TextOptions): readonly string[] {
  const frame = frameOf(options)
  const { sign, style } = signs[state]
  const seen = observed.is === 'not-observed' ? `not observed: ${observed.why}` : `${observed.is}: ${observed.text}`
  return [
    ...hang(`  ${frame.ink(style, sign)} `, says, options.width, 4),
    ...hang('      seen       ', seen, options.width),
    ...(state === 'right' && options.verbose !== true ? [] : hang('      predicted  ', predictionText(predicted), options.width)),
  ]
}

/** `no: role reader does not trust …  (trust, irsa/trust-does-not-match at iam:GetRole reader)`. */
export function predictionText(predicted: Prediction): string {
  if (predicted.is === 'unknown') {
    const { kind, reason, settle } = predicted.fact
    return `nothing: ${kind}: ${reason}${settle === undefined ? '' : ` (to settle it: ${settleText(settle)})`}`
  }
  const [first] = predicted.at
  const place = first === undefined ? undefined : placeOf(first)
  const where = place === undefined ? undefined : place.in === 'file' ? `${place.file}:${place.line}` : place.call
  const link = predicted.link === undefined ? undefined : `link ${predicted.link}`
  const proof = [link, predicted.check, where].filter(part => part !== undefined).join(', ')
  return `${predicted.is}: ${predicted.because}${proof === '' ? '' : ` (${proof})`}`
}

function untriedLines({ untried }: Pick<Validation, 'untried'>, options: TextOptions): readonly string[] {
  const { ink, width } = frameOf(options)
  const byReason = Map.groupBy(untried, ({ joint, why }) => `${joint}: ${why}`)
  return [...byReason].map(([reason, items]) =>
    ink(
      'faint',
      hang('not tried: ', `${items.length === 1 ? (items[0]?.subject ?? '') : count(items.length, 'chain')} · ${reason}`, width).join('\n'),
    ),
  )
}

function summaryOf({ probes, seconds, interrupted, run }: Validation, options: TextOptions): string {
  const counts = countStates(probes)
  const left = probes.flatMap(probe => probe.left)
  const parts = [
    count(probes.length, 'probe'),
    `${counts.right} as predicted`,
    `${counts.broken} broken`,
    `${counts.differs} ${counts.differs === 1 ? 'differs' : 'differ'}`,
    `${counts['not-predicted']} not predicted`,
    `${counts['not-observed']} not observed`,
    `${seconds.toFixed(0)} s`,
  ]
  const state = interrupted ? [`interrupted: what run ${run} made was removed`] : []
  const next =
    left.length > 0
      ? ['next: mortise validate --clean']
      : counts.broken + counts.differs > 0
        ? [`next: mortise explain ${nextSubject(probes)}`]
        : []
  return [...state, parts.join(' · '), ...next].flatMap(line => hang('', line, options.width)).join('\n')
}

/** `deploy/reader in payments` is `deploy/reader -n payments` on the command line. */
const nextSubject = (probes: readonly ValidatedProbe[]): string =>
  (probes.find(probe => ['broken', 'differs'].includes(stateOfProbe(probe)))?.subject ?? '').replace(' in ', ' -n ')

const actText = (act: ProbeAct): string =>
  act.do === 'find-log-line'
    ? `log group ${act.group} for the line that the pod prints, at most ${act.seconds} s`
    : act.do === 'coverage'
      ? `GuardDuty for the coverage of cluster ${act.cluster}`
      : `GuardDuty for a sample finding of type ${act.type}, and to archive it: whoever is told of findings is told of this one`

/** What would be made, what it takes and what is predicted, before anything runs. Ends with a line feed. */
export function validationPlanText(plan: ValidationPlan, options: TextOptions): string {
  const frame = frameOf(options)
  const blocks = [
    ...plan.problems.map(problem => problemText(problem, options)),
    ...plan.probes.map(probe => plannedBlock(probe, options).join('\n')),
    ...untriedLines(plan, options),
    [
      `${count(plan.probes.length, 'probe')} of run ${plan.run}, with image ${clean(plan.image)}; everything made is removed again`,
      ...plan.permissions.flatMap(permission => note('needs', permission, frame)),
    ]
      .flatMap(line => (line.startsWith(' ') ? [line] : hang('', line, options.width)))
      .join('\n'),
  ]
  return `${blocks.join('\n\n')}\n`
}

function plannedBlock(probe: Probe, options: TextOptions): readonly string[] {
  const { ink, width } = frameOf(options)
  const objects = [...probe.objects, ...probe.pods.map(({ job }) => job(new Map(probe.pods.map(({ id }) => [id, `<${id}>`]))))]
  return [
    `${ink('bold', clean(probe.subject))} · ${clean(probe.joint)}`,
    ...objects.flatMap(({ kind, id }) => hang('  makes  ', `${kind.slice(4)} ${id}`, width)),
    ...probe.acts.flatMap(act => hang('  asks   ', actText(act), width)),
    ...probe.expectations.flatMap(({ says, predicted }) => [
      ...hang('  · ', says, width),
      ...hang('      predicted  ', predictionText(predicted), width),
    ]),
  ]
}
