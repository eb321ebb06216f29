import type { AwsKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Clusters } from './eks-clusters.ts'
import { ec2Reading } from './ec2-listing.ts'
import { readVpcKinds, vpcKinds } from './ec2-vpc-kinds.ts'
import { readRegionKinds, regionKinds } from './ec2-region-kinds.ts'
import { nothing, together, type Part } from './gathering.ts'
import type { Session } from './session.ts'
import type { Wanted } from './wanted.ts'

/** Which of these kinds are read for the VPCs or the regions of the clusters. */
export const networkKinds = (kinds: ReadonlySet<AwsKind>): readonly AwsKind[] =>
  [...kinds].filter(kind => vpcKinds.has(kind) || regionKinds.has(kind))

/** The network that the clusters stand in: what is in their VPCs, and what their regions have once. */
export async function readNetwork(
  session: Session,
  clusters: Clusters,
  kinds: readonly AwsKind[],
  wanted: Wanted | undefined,
): Promise<Part> {
  const described = clusters.known.flatMap(({ described: cluster }) => cluster ?? [])
  const regions = new Set(clusters.known.map(({ region }) => region))
  if (regions.size === 0) regions.add(session.region)
  const parts = [...regions].map(async region => {
    const inRegion = described.filter(({ scope }) => 'account' in scope && scope.region === region)
    return readRegion(session, region, { kinds: new Set(kinds), clusters: inRegion, wanted })
  })
  return together([...(await Promise.all(parts)), unreadWith(clusters, kinds)])
}

interface RegionInput {
  readonly kinds: ReadonlySet<AwsKind>
  readonly clusters: readonly Resource<'aws/eks/Cluster'>[]
  readonly wanted: Wanted | undefined
}

async function readRegion(session: Session, region: string, { kinds, clusters, wanted }: RegionInput): Promise<Part> {
  const reading = await ec2Reading(session, region)
  const vpcs = [...new Set(clusters.flatMap(({ body }) => body.resourcesVpcConfig?.vpcId ?? []))].sort()
  const groups = clusters.flatMap(({ body }) => {
    const { clusterSecurityGroupId, securityGroupIds = [] } = body.resourcesVpcConfig ?? {}
    return [...(clusterSecurityGroupId === undefined ? [] : [clusterSecurityGroupId]), ...securityGroupIds]
  })
  const inVpcs = vpcs.length === 0 ? nothing : await readVpcKinds(reading, vpcs, kinds, [...groups, ...(wanted?.securityGroups ?? [])])
  return together([inVpcs, await readRegionKinds(reading, kinds, inVpcs, wanted?.prefixLists ?? [])])
}

/** Where a cluster could not be described, nobody knows in which VPC it is. */
const unreadWith = ({ part }: Clusters, kinds: readonly AwsKind[]): Part => ({
  ...nothing,
  unread: part.unread.flatMap(({ id: _, ...entry }) => kinds.filter(kind => vpcKinds.has(kind)).map(kind => ({ ...entry, kind }))),
})
