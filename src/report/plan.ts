import type { Plan } from '#changes/plan.ts'
import type { RunState } from '#changes/run-state.ts'
import type { UnreadFact } from '#base/errors.ts'
import { settleText } from '#base/settle.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { clean } from './characters.ts'
import { note, type TextOptions } from './diagnostic.ts'
import { fixLines } from './fix-lines.ts'
import { inkFor } from './ink.ts'
import { problemText } from './problem-lines.ts'
import type { Frame } from './snippet.ts'
import { count } from './summary.ts'
import { hang } from './wrap.ts'

export interface PlanReport {
  readonly plan: Plan
  readonly unread: readonly { readonly about: string; readonly fact: UnreadFact }[]
  readonly left: readonly { readonly about: string; readonly why: string; readonly help?: string }[]
  readonly problems: readonly InputProblem[]
}

/** Each step with what it makes, its diff, what it needs and what it risks. Ends with a line feed. */
export function planText({ plan, unread, left, problems }: PlanReport, options: TextOptions): string {
  const ink = inkFor(options.color)
  const digits = String(plan.steps.length).length
  const frame: Frame = { ink, digits, width: options.width }
  const steps = plan.steps.map(({ change, title, makes, because, wait }, index) => {
    const fix = { title, safe: false, changes: [change] }
    return [
      ink('bold', hang(`${String(index + 1).padStart(digits)}  `, title, options.width).join('\n')),
      ...note('makes', makes, frame),
      ...(because === undefined ? [] : note('because', because, frame)),
      ...fixLines(fix, [], frame, options.verbose ?? false),
      ...note('needs', change.permissions.join(', '), frame),
      ...(change.risk === '' ? [] : note('risk', change.risk, frame)),
      ...(wait === undefined
        ? []
        : note(
            'waits',
            wait.for === 'ready' ? `until it is ready, at most ${wait.seconds} s` : `${wait.seconds} s, until AWS knows it everywhere`,
            frame,
          )),
    ].join('\n')
  })
  const open = unread.map(({ about, fact }) =>
    hang(
      'not planned: ',
      `${clean(about)}: ${fact.kind} ${fact.reason}${fact.settle === undefined ? '' : ` (${settleText(fact.settle)})`}`,
      options.width,
    ).join('\n'),
  )
  const others = left.map(({ about, why, help }) =>
    [
      ...hang('not ours: ', `${clean(about)}: ${clean(why)}`, options.width),
      ...(help === undefined ? [] : hang('    help: ', clean(help), options.width)),
    ].join('\n'),
  )
  const end =
    plan.steps.length === 0
      ? unread.length + left.length === 0
        ? 'nothing to do: what the blueprint declares holds'
        : 'nothing can be planned'
      : `${count(plan.steps.length, 'step')}, to approve as\n${plan.id}`
  return `${[...problems.map(problem => problemText(problem, options)), ...steps, ...others, ...open, end].join('\n\n')}\n`
}

/** A line for each run, oldest first. Ends with a line feed. */
export function runsText(runs: readonly RunState[]): string {
  if (runs.length === 0) return 'there are no runs\n'
  return `${runs.map(({ run, steps, ended, undoes }) => `${run}  ${undoes === undefined ? '' : `undo of ${undoes}, `}${steps.filter(step => step.is === 'wrote').length} of ${count(steps.length, 'step')} written, ${ended ?? 'not ended'}`).join('\n')}\n`
}
