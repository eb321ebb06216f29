import { UserError } from '#base/errors.ts'
import type { AwsKind } from '#model/kinds.ts'
import type { Coverage } from '#model/world.ts'
import type { Pages } from './all-pages.ts'
import type { Outcome } from './ask.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'
import type { Wanted } from './wanted.ts'

/** One region of one account, whose services are read. */
export interface ServiceReading {
  readonly account: string
  readonly partition: string
  readonly region: string
  readonly scope: { readonly account: string; readonly region: string }
  /** For the constructor of any client. */
  readonly options: Session['clientOptions']
  /** The EKS clusters there that are asked about; every one when empty. */
  readonly clusters: readonly string[]
  readonly wanted: Wanted
  readonly ask: Session['ask']
}

const atOnce = 4

export function serviceReading(session: Session, region: string, clusters: readonly string[], wanted: Wanted): ServiceReading {
  const { account, partition } = session
  return {
    account,
    partition,
    region,
    scope: { account, region },
    options: { ...session.clientOptions, region },
    clusters,
    wanted,
    ask: async (service, operation, send) => {
      try {
        return withStep(await session.ask(service, operation, send), service, region)
      } catch (error) {
        if (!isOfClosedRegion(error)) throw error
        return {
          is: 'failed',
          reason: `${service} does not accept the credentials in ${region}`,
          step: `enable region ${region} for account ${account}`,
        }
      }
    },
  }
}

/**
 * STS took the credentials. A region that the account has not enabled does not know them, and says that they are invalid.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
 */
const isOfClosedRegion = (error: unknown): boolean => error instanceof UserError && error.code === 'AWS_CREDENTIALS_INVALID'

const notSubscribed = /answered (OptInRequired|SubscriptionRequiredException)$/

function withStep<T>(outcome: Outcome<T>, service: string, region: string): Outcome<T> {
  if (outcome.is !== 'failed') return outcome
  if (notSubscribed.test(outcome.reason)) return { ...outcome, step: `sign the account up for ${service}, and enable region ${region}` }
  if (/ENOTFOUND/.test(outcome.reason))
    return { ...outcome, step: `check that AWS has ${service} in ${region}, and that it can be reached from here` }
  return outcome
}

/** A resource of the kind; `call` as in `awsResource`. */
export interface Described {
  readonly body: object
  readonly call: string
}

/** A list that holds every one of a kind in the region, unless it was refused. */
export function wholeList<Item>(
  { scope }: ServiceReading,
  kind: AwsKind,
  listed: Pages<Item>,
  describe: (item: Item) => Described | undefined,
): Part {
  const resources = listed.items.flatMap(item => {
    const described = describe(item)
    return described === undefined ? [] : [awsResource(kind, scope, described.body, described.call)]
  })
  return together([{ ...nothing, resources }, covered({ kind, scope }, listed)])
}

/** As `wholeList`, of items that are read one by one. */
export async function wholeListOf<Item>(
  { scope }: ServiceReading,
  kind: AwsKind,
  listed: Pages<Item>,
  read: (item: Item) => Promise<Part>,
): Promise<Part> {
  return together([...(await inParallel(listed.items, atOnce, read)), covered({ kind, scope }, listed)])
}

const covered = (where: Coverage, listed: Pages<unknown>): Part =>
  listed.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, listed.refused)

/** What is asked for by these ARNs, in this account and region. */
export const ownArns = ({ account, region }: ServiceReading, service: string, arns: readonly string[] = []): readonly string[] =>
  [...new Set(arns)].filter(arn => arn.split(':').slice(2, 5).join(':') === `${service}:${region}:${account}`)
