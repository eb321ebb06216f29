import type { Harvest, Placeless } from './harvest.ts'
import { problemAt } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { unread } from './take-kubernetes.ts'

interface Place {
  readonly account: string
  readonly region: string
}

/**
 * Some outputs of the AWS CLI do not say where they are from. They are taken to be of the only account and region that the rest of the input names;
 * where it names none or several, nobody can say.
 */
export function placePlaceless(harvest: Harvest): void {
  const places = placesOf(harvest)
  const [detector, ...others] = harvest.detectors
  for (const placeless of harvest.placeless) {
    const [place, ...more] = places.filter(({ account, region }) => agrees(placeless.account, account) && agrees(placeless.region, region))
    if (place === undefined || more.length > 0) report(harvest, placeless, 'in which account and region it is', 'account: and region:')
    else if (placeless.ofDetector !== true) takeAws(harvest, placeless.kind, placeless.body, placeless.seat, place)
    else if (detector === undefined || others.length > 0)
      report(
        harvest,
        placeless,
        'of which detector it is',
        'DetectorId:, account: and region:, or add the output of aws guardduty list-detectors',
      )
    else takeAws(harvest, placeless.kind, { DetectorId: detector, ...placeless.body }, placeless.seat, place)
  }
}

const agrees = (said: string | undefined, found: string): boolean => said === undefined || said === found

function placesOf(harvest: Harvest): readonly Place[] {
  const places = new Map<string, Place>()
  for (const held of harvest.held) {
    if (!('scope' in held) || !('account' in held.scope) || held.scope.region === undefined || held.scope.account === 'aws') continue
    const { account, region } = held.scope
    places.set(`${account}/${region}`, { account, region })
  }
  return [...places.values()]
}

function report(harvest: Harvest, { kind, seat }: Placeless, what: string, add: string): void {
  harvest.problems.push(problemAt(seat, [], 'NO_ACCOUNT', `this output does not say ${what}`, `write it under kind: ${kind} with ${add}`))
  harvest.unread.push({ kind, where: 'anywhere', ...unread(seat) })
}
