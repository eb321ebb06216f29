import type { DescribeInstancesResult, EC2Client, Filter, Reservation } from '@aws-sdk/client-ec2'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inChunks } from './in-chunks.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/ec2/Instance'

/** Which instances: those of the nodes, by their ids, or those that carry a cluster's tag. */
export interface WantedInstances {
  readonly ids?: readonly string[]
  readonly clusters: readonly string[]
}

/**
 * The nodes' instances of one region. An instance that is wanted by its id and not there is proven absent: asked for by filter, it is left out of
 * the answer, where a request for the id itself would be refused as a whole.
 */
export async function readInstances(session: Session, region: string, wanted: WantedInstances): Promise<Part> {
  if (wanted.ids === undefined) return readFiltered(session, region, { Name: 'tag-key', Values: clusterTags(wanted.clusters) })
  return together(
    await Promise.all(
      inChunks(wanted.ids).map(async ids => {
        const part = await readFiltered(session, region, { Name: 'instance-id', Values: [...ids] })
        if (part.unread.length > 0) return part
        const read = ids.map(id => ({ kind, id: arnOf(session, region, id), scope: { account: session.account, region } }) as const)
        return { ...part, read }
      }),
    ),
  )
}

/** Managed node groups, Karpenter and eksctl set it; a node without it is found by its id alone. */
const clusterTags = (clusters: readonly string[]): string[] =>
  (clusters.length === 0 ? ['*'] : [...clusters]).map(name => `kubernetes.io/cluster/${name}`)

const arnOf = ({ partition, account }: Session, region: string, id: string) => `arn:${partition}:ec2:${region}:${account}:instance/${id}`

async function readFiltered(session: Session, region: string, filter: Filter): Promise<Part> {
  const { DescribeInstancesCommand, EC2Client } = await import('@aws-sdk/client-ec2')
  const ec2: EC2Client = new EC2Client({ ...session.clientOptions, region })
  const listed = await allPages<DescribeInstancesResult, Reservation>(
    token => {
      const input = { Filters: [filter], MaxResults: 1000, ...(token === undefined ? {} : { NextToken: token }) }
      return session.ask('ec2', 'DescribeInstances', request => ec2.send(new DescribeInstancesCommand(input), request))
    },
    page => page.Reservations,
    page => page.NextToken,
  )
  const scope = { account: session.account, region }
  const resources = listed.items
    .flatMap(reservation => reservation.Instances ?? [])
    .flatMap(instance =>
      instance.InstanceId === undefined
        ? []
        : [
            awsResource(
              kind,
              scope,
              { Arn: arnOf(session, region, instance.InstanceId), ...instance },
              `ec2:DescribeInstances ${instance.InstanceId}`,
            ),
          ],
    )
  const found = { ...nothing, resources }
  return listed.refused === undefined ? found : together([found, unreadPart({ kind, scope }, listed.refused)])
}
