import { causeText } from '#joints/define-symptoms.ts'
import { pointedPart } from '#joints/pointed-part.ts'
import { recognised } from '#joints/symptoms.ts'
import type { LinkState } from '#model/chain.ts'
import type { PointedLink } from '#report/because.ts'
import { explain, type ExplainResult } from './explain.ts'
import type { WorldInput } from './read-world.ts'

/** A link that a text points at, with what the world says of it. */
interface AskedLink extends PointedLink {
  /** What the chains of the workload say of the link, when a world was read. */
  readonly verdicts?: readonly LinkState[]
}

export interface Because {
  readonly text: string
  /** None: the text is not known. */
  readonly points: readonly AskedLink[]
  /** What was read, when a workload was named. */
  readonly read?: ExplainResult
}

/** The links that an error text points at, one for each joint that knows it. */
export const pointedLinks = (text: string): readonly PointedLink[] =>
  recognised(text).map(found => {
    const { joint: id, symptom, parameters } = found
    const link = pointedPart(`${id}/${symptom.link}`)
    return {
      joint: id,
      symptom: symptom.id,
      link: { id: link.id, title: link.title },
      cause: causeText(found),
      parameters,
      source: symptom.source,
      checks: link.checks.map(check => ({ id: check.id, title: check.title })),
      ...(symptom.also === undefined ? {} : { also: symptom.also }),
      ...(symptom.hidden === undefined ? {} : { hidden: symptom.hidden }),
    }
  })

/**
 * What an error text points at; with a workload, also what its chains say of the link.
 * @throws UserError `NO_SUCH_WORKLOAD` and `AMBIGUOUS_WORKLOAD`.
 */
export async function explainBecause(
  text: string,
  asked?: { readonly input: WorldInput; readonly target: string; readonly namespace: string | undefined },
): Promise<Because> {
  const points = pointedLinks(text)
  if (asked === undefined || points.length === 0) return { text, points }
  const whole = await explain(asked.input, asked.target, asked.namespace)
  const pointed = new Set(points.map(({ joint }) => joint))
  const tellers = whole.explanations.flatMap(({ chain, toldBy }) => (pointed.has(chain.joint) && toldBy !== undefined ? toldBy : []))
  const meant = new Set([...pointed, ...tellers.map(link => link.split('/')[0] ?? '')])
  const read = { ...whole, explanations: whole.explanations.filter(({ chain }) => meant.has(chain.joint)) }
  const withVerdicts = points.map(point => ({
    ...point,
    verdicts: read.explanations
      .filter(({ chain }) => chain.joint === point.joint)
      .flatMap(({ chain }) => chain.links.filter(({ id }) => id === point.link.id)),
  }))
  return { text, points: withVerdicts, read }
}
