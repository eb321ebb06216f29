import type { Origin } from '#model/place.ts'
import type { Harvest, Held, ProviderDetails } from './harvest.ts'
import { problemAt } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { unread } from './take-kubernetes.ts'

const kind = 'aws/iam/OpenIDConnectProvider'

/**
 * `list-open-id-connect-providers` names ARNs, `get-open-id-connect-provider` tells the rest without its ARN: the URL is the ARN's tail.
 * A provider that is only listed stays as it is: it exists, and what it accepts is not known, so its body has no ClientIDList.
 */
export function joinProviders(harvest: Harvest): void {
  for (const details of harvest.providerDetails) {
    const url = details.url.replace(/^https:\/\//, '')
    const matching = harvest.held.filter(held => held.kind === kind && held.id.endsWith(`:oidc-provider/${url}`))
    const [match] = matching
    if (match === undefined || new Set(matching.map(held => held.id)).size > 1) reportLoose(harvest, details, match !== undefined)
    else join(harvest, match, details)
  }
}

function join(harvest: Harvest, listed: Held, details: ProviderDetails): void {
  const joined: Harvest = { ...harvest, held: [] }
  takeAws(joined, kind, { Arn: listed.id, ...details.body }, details.seat)
  for (const held of joined.held) harvest.held.push({ ...held, origin: withArnFrom(listed.origin, held.origin) })
}

/** The ARN stands in the list, all else in the details. */
function withArnFrom(list: Origin, details: Origin): Origin {
  return { locate: (path, spot) => (path[0] === 'Arn' ? list : details).locate(path, spot) }
}

function reportLoose(harvest: Harvest, details: ProviderDetails, isAmbiguous: boolean): void {
  const message = isAmbiguous
    ? `several accounts have a provider for ${details.url}, and this output does not say which it is`
    : `this provider's account is not known: its ARN is in no list that was read`
  harvest.problems.push(
    problemAt(details.seat, ['Url'], 'PROVIDER_WITHOUT_ARN', message, 'add the output of aws iam list-open-id-connect-providers'),
  )
  harvest.unread.push({ kind, where: 'anywhere', ...unread(details.seat) })
}
