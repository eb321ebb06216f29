import type { AwsKind, Kinds } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { listed, wholeList, type Ec2Reading } from './ec2-listing.ts'
import { flowLogs, managedPrefixLists } from './ec2-lists.ts'
import { readPrefixLists } from './ec2-prefix-lists.ts'
import { nothing, together, type Part } from './gathering.ts'
import { readQuotas } from './service-quotas.ts'

/** The kinds that a region has once for all VPCs: EC2 does not list them by VPC. */
export const regionKinds: ReadonlySet<AwsKind> = new Set<AwsKind>([
  'aws/ec2/FlowLog',
  'aws/ec2/ManagedPrefixList',
  'aws/servicequotas/Quota',
])

/** `inVpcs` is what was read of the VPCs there: of the prefix lists that it names, and of those named here, the entries are read. */
export async function readRegionKinds(
  reading: Ec2Reading,
  kinds: ReadonlySet<AwsKind>,
  inVpcs: Part,
  named: readonly string[],
): Promise<Part> {
  const isNarrowed = kinds.has('aws/ec2/SecurityGroup') || kinds.has('aws/ec2/RouteTable')
  const prefixLists = isNarrowed ? new Set([...named, ...inVpcs.resources.flatMap(prefixListsOf)]) : undefined
  return together(
    await Promise.all([
      kinds.has('aws/ec2/FlowLog') ? flowLogsOfRegion.inRegion(reading) : nothing,
      kinds.has('aws/ec2/ManagedPrefixList') ? readPrefixLists(reading, await listed(reading, managedPrefixLists), prefixLists) : nothing,
      kinds.has('aws/servicequotas/Quota') ? readQuotas(reading.session, reading.region) : nothing,
    ]),
  )
}

const flowLogsOfRegion = wholeList(flowLogs)

/** The prefix lists that rules and routes name. */
function prefixListsOf({ kind, body }: Resource): readonly string[] {
  if (kind === 'aws/ec2/SecurityGroup') {
    const { IpPermissions = [], IpPermissionsEgress = [] } = body as Kinds['aws/ec2/SecurityGroup']
    return [...IpPermissions, ...IpPermissionsEgress].flatMap(({ PrefixListIds = [] }) =>
      PrefixListIds.flatMap(({ PrefixListId }) => PrefixListId ?? []),
    )
  }
  if (kind !== 'aws/ec2/RouteTable') return []
  return ((body as Kinds['aws/ec2/RouteTable']).Routes ?? []).flatMap(({ DestinationPrefixListId }) => DestinationPrefixListId ?? [])
}
