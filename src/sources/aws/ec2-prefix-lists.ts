import type { GetManagedPrefixListEntriesResult, ManagedPrefixList, PrefixListEntry } from '@aws-sdk/client-ec2'
import { scopeOfArn, type Coverage } from '#model/world.ts'
import { statedArn, withEc2Arn } from '#sources/ec2-arn.ts'
import { allPages, type Pages } from './all-pages.ts'
import { ec2Resources, regionCoverage, type Ec2Reading } from './ec2-listing.ts'
import { managedPrefixLists as list } from './ec2-lists.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'

const atOnce = 4

/**
 * Every prefix list of the region, AWS's own and shared ones among them: ten calls for each 1,000. Entries of those that are named, or of all when no names
 * are given: one call for each 100 entries of each.
 */
export async function readPrefixLists(
  reading: Ec2Reading,
  { items, refused }: Pages<ManagedPrefixList>,
  named: ReadonlySet<string> | undefined,
): Promise<Part> {
  const parts = await inParallel(items, atOnce, async prefixList =>
    named === undefined || named.has(prefixList.PrefixListId ?? '')
      ? readEntries(reading, prefixList)
      : withoutEntries(reading, prefixList),
  )
  const { region } = reading
  const ofAws: Coverage = { kind: list.kind, scope: { account: 'aws', region } }
  return together([
    ...parts,
    regionCoverage(reading, list.kind, refused),
    refused === undefined ? { ...nothing, read: [ofAws] } : unreadPart(ofAws, refused),
  ])
}

const withoutEntries = (reading: Ec2Reading, prefixList: object): Part => ({
  ...nothing,
  resources: ec2Resources(reading, list.kind, list.operation, [prefixList]),
})

async function readEntries(reading: Ec2Reading, prefixList: ManagedPrefixList): Promise<Part> {
  const { PrefixListId } = prefixList
  const { session, ec2, sdk } = reading
  const entries = await allPages<GetManagedPrefixListEntriesResult, PrefixListEntry>(
    NextToken =>
      session.ask('ec2', 'GetManagedPrefixListEntries', request =>
        ec2.send(new sdk.GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 100, NextToken }), request),
      ),
    page => page.Entries,
    page => page.NextToken,
  )
  if (entries.refused === undefined) return withoutEntries(reading, { ...prefixList, Entries: entries.items })
  const { account, partition } = session
  const id = statedArn(list.kind, withEc2Arn(list.kind, prefixList, { partition, account, region: reading.region })) ?? ''
  const where = { kind: list.kind, scope: scopeOfArn(id) ?? { account, region: reading.region }, id }
  return together([withoutEntries(reading, prefixList), unreadPart(where, entries.refused, id)])
}
