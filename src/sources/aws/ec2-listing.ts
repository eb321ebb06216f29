import type * as Ec2 from '@aws-sdk/client-ec2'
import type { AwsKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { scopeOfArn, type Coverage } from '#model/world.ts'
import { ec2Id, statedArn, withEc2Arn } from '#sources/ec2-arn.ts'
import { allPages, type Pages } from './all-pages.ts'
import type { Outcome } from './ask.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { inChunks } from './in-chunks.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

/** EC2 of one region, as one account sees it. */
export interface Ec2Reading {
  readonly session: Session
  readonly region: string
  readonly ec2: Ec2.EC2Client
  readonly sdk: typeof Ec2
}

interface Input {
  readonly Filters: Ec2.Filter[]
  readonly MaxResults: number
  readonly NextToken: string | undefined
}

interface Page {
  readonly NextToken?: string | undefined
}

/** One of EC2's lists. */
export interface Listing<P extends Page, Item extends object> {
  readonly kind: AwsKind
  readonly operation: string
  /** The filters by which it tells what is in a VPC; each is asked for by itself. */
  readonly vpcFilters: readonly string[]
  /** How many items EC2 gives at most in one answer. */
  readonly most: number
  readonly ask: (reading: Ec2Reading, input: Input) => Promise<Outcome<P>>
  readonly itemsOf: (page: P) => readonly Item[] | undefined
}

export async function ec2Reading(session: Session, region: string): Promise<Ec2Reading> {
  const sdk = await import('@aws-sdk/client-ec2')
  return { session, region, ec2: new sdk.EC2Client({ ...session.clientOptions, region }), sdk }
}

/** Every item with one of these values, or those of the pages before a call was refused. Without a filter: every item of the region. */
export async function listed<P extends Page, Item extends object>(
  reading: Ec2Reading,
  listing: Listing<P, Item>,
  filter?: { readonly name: string; readonly values: readonly string[] },
): Promise<Pages<Item>> {
  const filters = filter === undefined ? [[]] : inChunks(filter.values).map(Values => [{ Name: filter.name, Values: [...Values] }])
  const chunks = await Promise.all(
    filters.map(Filters =>
      allPages<P, Item>(
        token => listing.ask(reading, { Filters, MaxResults: listing.most, NextToken: token }),
        listing.itemsOf,
        page => page.NextToken,
      ),
    ),
  )
  const refused = chunks.find(chunk => chunk.refused !== undefined)?.refused
  return { items: chunks.flatMap(chunk => chunk.items), ...(refused === undefined ? {} : { refused }) }
}

/** Every item that is in one of these VPCs, each once. */
export async function listedInVpcs<P extends Page, Item extends object>(
  reading: Ec2Reading,
  listing: Listing<P, Item>,
  vpcs: readonly string[],
): Promise<Pages<Item>> {
  const lists = await Promise.all(listing.vpcFilters.map(name => listed(reading, listing, { name, values: vpcs })))
  const refused = lists.find(list => list.refused !== undefined)?.refused
  const byId = new Map(lists.flatMap(({ items }) => items.map(item => [ec2Id(listing.kind, item), item] as const)))
  return { items: [...byId.values()], ...(refused === undefined ? {} : { refused }) }
}

/** The resource that an item of a list is. None when the item has no id. */
export function ec2Resources(reading: Ec2Reading, kind: AwsKind, operation: string, items: readonly object[]): Resource[] {
  const { session, region } = reading
  const { account, partition } = session
  return items.flatMap(item => {
    const id = ec2Id(kind, item)
    if (id === undefined) return []
    const body = withEc2Arn(kind, item, { partition, account, region })
    const scope = scopeOfArn(statedArn(kind, body) ?? '') ?? { account, region }
    return [awsResource(kind, scope, body, `ec2:${operation} ${id}`)]
  })
}

/** That the lists of these VPCs are whole, or why they are not. */
export function vpcCoverage({ session, region }: Ec2Reading, kind: AwsKind, vpcs: readonly string[], refused: Refused | undefined): Part {
  const where = vpcs.map((vpc): Coverage => ({ kind, scope: { account: session.account, region }, vpc }))
  return refused === undefined ? { ...nothing, read: where } : together(where.map(each => unreadPart(each, refused)))
}

/** That the list of the region is whole, or why it is not. */
export function regionCoverage({ session, region }: Ec2Reading, kind: AwsKind, refused: Refused | undefined): Part {
  const where: Coverage = { kind, scope: { account: session.account, region } }
  return refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, refused)
}

/** A list that says all that is read of its kind. */
export interface WholeList {
  readonly kind: AwsKind
  /** What is in these VPCs. */
  readonly inVpcs: (reading: Ec2Reading, vpcs: readonly string[]) => Promise<Part>
  /** What is in the region. */
  readonly inRegion: (reading: Ec2Reading) => Promise<Part>
}

export const wholeList = <P extends Page, Item extends object>(listing: Listing<P, Item>): WholeList => ({
  kind: listing.kind,
  inVpcs: async (reading, vpcs) => vpcPart(reading, listing, vpcs, await listedInVpcs(reading, listing, vpcs)),
  async inRegion(reading) {
    const { items, refused } = await listed(reading, listing)
    const resources = ec2Resources(reading, listing.kind, listing.operation, items)
    return together([{ ...nothing, resources }, regionCoverage(reading, listing.kind, refused)])
  },
})

/** What a list of these VPCs gave. */
export const vpcPart = (
  reading: Ec2Reading,
  { kind, operation }: { readonly kind: AwsKind; readonly operation: string },
  vpcs: readonly string[],
  { items, refused }: Pages<object>,
): Part => together([{ ...nothing, resources: ec2Resources(reading, kind, operation, items) }, vpcCoverage(reading, kind, vpcs, refused)])
