import type { Origin } from '#model/place.ts'
import type { AwsPart, Harvest, Held } from './harvest.ts'
import { originAt, problemAt } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { unread } from './take-kubernetes.ts'

/** Some answers tell one field of an object that another answer describes: they are joined when everything is read. */
export function joinParts(harvest: Harvest): void {
  for (const part of harvest.parts) {
    const at = harvest.held.findIndex(held => held.kind === part.kind && part.isOf(held.id, held.body as Readonly<Record<string, unknown>>))
    const whole = harvest.held[at]
    const lacking = whole === undefined ? undefined : part.lacks?.(whole.body as Readonly<Record<string, unknown>>)
    if (whole === undefined) reportLoose(harvest, part)
    else if (lacking !== undefined)
      harvest.problems.push(problemAt(part.seat, part.within, 'PART_INCOMPLETE', lacking, 'save it again without filters'))
    else harvest.held.splice(at, 1, ...joined(harvest, whole, part))
  }
}

/** Taken again as a whole, so that the part is looked through as if it had been there. None when it is not sound. */
function joined(harvest: Harvest, whole: Held, part: AwsPart): readonly Held[] {
  const again: Harvest = { ...harvest, held: [] }
  const body = { ...(whole.body as Record<string, unknown>), [part.field]: part.value }
  const scope = 'scope' in whole ? whole.scope : undefined
  const given =
    scope !== undefined && 'account' in scope
      ? { account: scope.account, ...(scope.region === undefined ? {} : { region: scope.region }) }
      : {}
  takeAws(again, part.kind, body, part.seat, given)
  return again.held.map(held => ({ ...held, origin: withPart(whole.origin, part) }))
}

/** The field stands in the part's answer, all else in the whole's. */
function withPart(whole: Origin, { field, within, indexes, seat }: AwsPart): Origin {
  const here = originAt(seat)
  return {
    locate(path, spot) {
      const [step, index, ...rest] = path
      if (step !== field) return whole.locate(path, spot)
      const at = typeof index === 'number' ? (indexes?.[index] ?? index) : index
      return here.locate(at === undefined ? within : [...within, at, ...rest], spot)
    },
  }
}

function reportLoose(harvest: Harvest, { kind, seat, add }: AwsPart): void {
  harvest.problems.push(problemAt(seat, [], 'PART_WITHOUT_WHOLE', `this belongs to a ${kind} that was not read`, add))
  harvest.unread.push({ kind, where: 'anywhere', ...unread(seat) })
}
