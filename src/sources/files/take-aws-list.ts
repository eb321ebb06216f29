import type { AwsKind } from '#model/kinds.ts'
import { isMap } from './conform.ts'
import type { Harvest } from './harvest.ts'
import { inside, type Seat } from './seat.ts'
import { takeAws } from './take-aws.ts'

type Output = Readonly<Record<string, unknown>>

/**
 * Takes every item, and the proof that the accounts that occur have no others. An empty list proves nothing: it names no account.
 * A page of a longer answer proves nothing either.
 */
export function takeWholeList(harvest: Harvest, kind: AwsKind, output: Output, key: string, seat: Seat): void {
  const items = output[key]
  if (!Array.isArray(items)) return
  const accounts = new Set<string>()
  for (const [index, item] of items.entries()) {
    const body: Record<string, unknown> = isMap(item) ? item : {}
    const scope = takeAws(harvest, kind, body, inside(seat, key, index))
    // AWS's own managed policies are listed only as far as they are attached.
    if (scope !== undefined && 'account' in scope && scope.account !== 'aws') accounts.add(scope.account)
  }
  const isPart = output.IsTruncated === true || [output.NextToken, output.Marker].some(token => typeof token === 'string')
  if (!isPart) harvest.read.push(...[...accounts].map(account => ({ kind, scope: { account } })))
}

/** Takes every item of a list that may have been filtered: it proves what is there, and nothing of what is not. */
export function takeSomeOf(harvest: Harvest, kind: AwsKind, output: Output, key: string, seat: Seat): void {
  for (const [index, item] of (output[key] as unknown[]).entries())
    takeAws(harvest, kind, isMap(item) ? item : {}, inside(seat, key, index))
}
