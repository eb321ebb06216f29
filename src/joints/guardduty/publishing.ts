import { Unread, type UnreadFact } from '#base/errors.ts'
import { tried, type Tried } from '#joints/access-documents.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Detector } from './detector.ts'
import { matchPattern, type SampleEvent } from './event-pattern.ts'
import { homeOf } from './home.ts'

export const publishingKinds = ['aws/events/Rule', 'aws/guardduty/PublishingDestination', 'aws/securityhub/Hub'] as const
type PublishingReader = Reader<(typeof publishingKinds)[number]>
type Rule = Resource<'aws/events/Rule'>

/** What is known of the events of a detector. https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-guardduty.html */
function eventOf(detector: Detector, detailType: string, detail: SampleEvent): SampleEvent {
  const { account, region } = homeOf(detector)
  return { source: 'aws.guardduty', 'detail-type': detailType, account, region, detail: { accountId: account, region, ...detail } }
}

/** A severe finding; of which type, and about what, is not said. */
export const severeFinding = (detector: Detector): SampleEvent => eventOf(detector, 'GuardDuty Finding', { severity: 8 })

/** The agent of a cluster is no longer well. https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html */
export const coverageLost = (detector: Detector): SampleEvent => eventOf(detector, 'GuardDuty Runtime Protection Unhealthy', {})

/** What takes an event somewhere, what nearly does, and why the rest is not known. */
export interface Ways {
  readonly open: readonly Evidence[]
  readonly closed: readonly Evidence[]
  readonly unread: readonly UnreadFact[]
}

/**
 * The rules of EventBridge that take such an event to a target. A rule that looks at more than is known of the event is one of them.
 * What becomes of the event at its target is not read.
 */
export function ruleWays(world: Reader<'aws/events/Rule'>, detector: Detector, event: SampleEvent): Ways {
  const rules = tried(() => world.list('aws/events/Rule', homeOf(detector)))
  if (rules.is === 'unread') return { open: [], closed: [], unread: [rules.fact] }
  const found = rules.value.filter(({ body }) => body.EventPattern !== undefined && matchPattern(body.EventPattern, event) !== 'no')
  return together(found.map(ruleWay))
}

function ruleWay(rule: Rule): Ways {
  const { State, Targets } = rule.body
  if (State === 'DISABLED') return { ...none, closed: [rule.at(['State'], 'the rule is off')] }
  if (Targets === undefined)
    return {
      ...none,
      unread: [
        {
          kind: rule.kind,
          id: rule.id,
          reason: 'the targets of the rule were not read',
          settle: { by: 'iam', action: 'events:ListTargetsByRule', resource: rule.body.Arn },
        },
      ],
    }
  if (Targets.length === 0) return { ...none, closed: [rule.at(['Name'], 'the rule has no target')] }
  return { ...none, open: [rule.at(['Targets', 0, 'Arn'], `rule ${rule.body.Name} sends them here`)] }
}

/** Everything that takes findings out of GuardDuty: rules, Security Hub, export to a bucket. */
export function findingWays(world: PublishingReader, detector: Detector): Ways {
  const hubs = tried(() => world.list('aws/securityhub/Hub', homeOf(detector)))
  const destinations = tried(() =>
    world.where('aws/guardduty/PublishingDestination', 'detector', detector.body.DetectorId, homeOf(detector)),
  )
  return together([ruleWays(world, detector, severeFinding(detector)), each(hubs, hubWay), each(destinations, destinationWay)])
}

const none: Ways = { open: [], closed: [], unread: [] }

function each<T>(found: Tried<readonly T[]>, way: (one: T) => Ways): Ways {
  return found.is === 'unread' ? { ...none, unread: [found.fact] } : together(found.value.map(way))
}

const together = (ways: readonly Ways[]): Ways => ({
  open: ways.flatMap(way => way.open),
  closed: ways.flatMap(way => way.closed),
  unread: ways.flatMap(way => way.unread),
})

/** https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html */
function hubWay(hub: Resource<'aws/securityhub/Hub'>): Ways {
  const products = hub.body.ProductSubscriptions
  if (products === undefined)
    return {
      ...none,
      unread: [
        {
          kind: hub.kind,
          id: hub.id,
          reason: 'which products send findings to Security Hub was not read',
          settle: { by: 'iam', action: 'securityhub:ListEnabledProductsForImport' },
        },
      ],
    }
  const index = products.findIndex(arn => arn.endsWith(':product-subscription/aws/guardduty'))
  if (index < 0) return { ...none, closed: [hub.at(['HubArn'], 'GuardDuty is none of the products that send to it')] }
  return { ...none, open: [hub.at(['ProductSubscriptions', index], 'Security Hub takes them')] }
}

function destinationWay(destination: Resource<'aws/guardduty/PublishingDestination'>): Ways {
  const { Status } = destination.body
  if (Status === 'PUBLISHING') return { ...none, open: [destination.at(['Status'], 'they are exported')] }
  return { ...none, closed: [destination.at([Status === undefined ? 'DestinationId' : 'Status'], 'nothing is exported')] }
}

/** @throws Unread when no way is open and one was not read */
export function assertRead({ open, unread }: Ways): void {
  const [fact] = unread
  if (open.length === 0 && fact !== undefined) throw new Unread(fact)
}
