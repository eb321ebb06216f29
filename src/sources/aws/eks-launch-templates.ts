import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2'
import { regionalId } from '#model/kinds-aws-operations.ts'
import type { Resource } from '#model/resource.ts'
import type { UnreadEntry } from '#model/world.ts'
import type { ClusterReading } from './eks-cluster-reading.ts'
import { readNodegroups } from './eks-nodegroups.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'

const kind = 'aws/ec2/LaunchTemplateVersion'
const atOnce = 4

interface Used {
  readonly id: string
  readonly version: string
}

/**
 * The versions of launch templates that the node groups of the cluster use, one call for each. Which others there are is not known. Where the node
 * groups could not be read, nothing names a version.
 */
export async function readLaunchTemplateVersions(reading: ClusterReading): Promise<Part> {
  const groups = await readNodegroups({ ...reading, where: { ...reading.where, kind: 'aws/eks/Nodegroup' } })
  const used = new Map(groups.resources.flatMap(usedBy).map(each => [`${each.id}\n${each.version}`, each]))
  const scope = { account: reading.session.account, region: reading.cluster.region }
  const unlisted = groups.unread.map(({ reason, settle }): UnreadEntry => ({
    kind,
    scope,
    reason,
    ...(settle === undefined ? {} : { settle }),
  }))
  return together([...(await inParallel([...used.values()], atOnce, each => readVersion(reading, each))), { ...nothing, unread: unlisted }])
}

function usedBy({ body }: Resource): readonly Used[] {
  const { launchTemplate: { id, version } = {} } = body as Resource<'aws/eks/Nodegroup'>['body']
  return id === undefined || version === undefined ? [] : [{ id, version }]
}

async function readVersion({ session, cluster: { region } }: ClusterReading, { id, version }: Used): Promise<Part> {
  const { DescribeLaunchTemplateVersionsCommand, EC2Client } = await import('@aws-sdk/client-ec2')
  const ec2 = new EC2Client({ ...session.clientOptions, region })
  const scope = { account: session.account, region }
  const where = { kind, scope, id: regionalId(session.account, region, id, version) } as const
  const input = { LaunchTemplateId: id, Versions: [version] }
  const answer = await session.ask('ec2', 'DescribeLaunchTemplateVersions', request =>
    ec2.send(new DescribeLaunchTemplateVersionsCommand(input), request),
  )
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer)
  const found = answer.value.LaunchTemplateVersions ?? []
  const call = `ec2:DescribeLaunchTemplateVersions ${id} ${version}`
  return { ...nothing, resources: found.map(each => awsResource(kind, scope, bodyOf(where.id, each), call)), read: [where] }
}

/** User data is a script, which may hold anything: it is let go here. */
function bodyOf(Id: string, { LaunchTemplateData, ...version }: LaunchTemplateVersion): object {
  if (LaunchTemplateData === undefined) return { Id, ...version }
  const { UserData: _, ...data } = LaunchTemplateData
  return { Id, ...version, LaunchTemplateData: data }
}
