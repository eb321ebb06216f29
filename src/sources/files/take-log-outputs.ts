import { isMap } from './conform.ts'
import type { Harvest } from './harvest.ts'
import type { Output } from './recognised.ts'
import type { Seat } from './seat.ts'
import { problemAt } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { unread } from './take-kubernetes.ts'

/**
 * `aws logs describe-log-streams`: the streams' ARNs say of which group. In which order they come and what a prefix left out leaves no trace, so
 * there may always be others: `truncated`.
 */
export function takeLogStreams(harvest: Harvest, { logStreams }: Output, seat: Seat): void {
  const [first] = logStreams as unknown[]
  const arn = isMap(first) && typeof first.arn === 'string' ? first.arn : ''
  const found = /^(arn:[\w-]+:logs:[^:]+:\d+:log-group:([^:]+)):log-stream:/.exec(arn)
  if (found === null) return reportLoose(harvest, seat)
  const [, logGroupArn, logGroupName] = found
  takeAws(harvest, 'aws/logs/LogStreams', { logGroupArn, logGroupName, logStreams, truncated: true }, seat)
}

function reportLoose(harvest: Harvest, seat: Seat): void {
  const help = 'save it as the API gives it, with the arn of each stream'
  harvest.problems.push(problemAt(seat, ['logStreams'], 'NO_ACCOUNT', 'these streams do not say of which group they are', help))
  harvest.unread.push({ kind: 'aws/logs/LogStreams', where: 'anywhere', ...unread(seat) })
}

/** `aws logs describe-subscription-filters` of one group: its filters name the group. Where it is, the rest of the input says. */
export function takeSubscriptions(harvest: Harvest, { subscriptionFilters }: Output, seat: Seat): void {
  const [first] = subscriptionFilters as unknown[]
  const logGroupName = isMap(first) ? first.logGroupName : undefined
  harvest.placeless.push({ kind: 'aws/logs/SubscriptionFilters', body: { logGroupName, subscriptionFilters }, seat })
}
