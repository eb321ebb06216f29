import type { EKSClient } from '@aws-sdk/client-eks'
import type { AwsKind } from '#model/kinds.ts'
import type { Clusters } from './eks-clusters.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { readAccessEntries } from './eks-access-entries.ts'
import { readAddons } from './eks-addons.ts'
import { readAssociations } from './eks-associations.ts'
import { readFargateProfiles } from './eks-fargate-profiles.ts'
import { readLaunchTemplateVersions } from './eks-launch-templates.ts'
import { readNodegroups } from './eks-nodegroups.ts'
import type { ClusterReading } from './eks-cluster-reading.ts'
import type { Session } from './session.ts'

type Read = (reading: ClusterReading) => Promise<Part>

/** What EKS keeps of one cluster. */
const readers: { readonly [K in AwsKind]?: Read } = {
  'aws/ec2/LaunchTemplateVersion': readLaunchTemplateVersions,
  'aws/eks/AccessEntry': readAccessEntries,
  'aws/eks/Addon': readAddons,
  'aws/eks/FargateProfile': readFargateProfiles,
  'aws/eks/Nodegroup': readNodegroups,
  'aws/eks/PodIdentityAssociation': readAssociations,
}

const atOnce = 4

/** Which of these kinds EKS keeps of each cluster. */
export const clusterParts = (kinds: ReadonlySet<AwsKind>): readonly AwsKind[] => [...kinds].filter(kind => readers[kind] !== undefined)

/** The kinds of every known cluster. Where the clusters could not be listed, nothing is known of any. */
export async function readClusterParts(session: Session, { known, listed }: Clusters, kinds: readonly AwsKind[]): Promise<Part> {
  const { EKSClient } = await import('@aws-sdk/client-eks')
  const { account, region } = session
  const tasks = known.flatMap(cluster => kinds.map(kind => ({ cluster, kind })))
  const parts = await inParallel(tasks, atOnce, async ({ cluster, kind }): Promise<Part> => {
    const where = { kind, scope: { account, region: cluster.region, clusterName: cluster.name } } as const
    const eks: EKSClient = new EKSClient({ ...session.clientOptions, region: cluster.region })
    return (await readers[kind]?.({ session, eks, cluster, where })) ?? nothing
  })
  // Of launch templates only the versions that node groups use are known.
  const whole = kinds
    .filter(kind => kind !== 'aws/ec2/LaunchTemplateVersion')
    .map((kind): Part => {
      const where = { kind, scope: { account, region } } as const
      if (listed === 'named') return nothing
      return listed === 'all' ? { ...nothing, read: [where] } : unreadPart(where, listed)
    })
  return together([...parts, ...whole])
}
