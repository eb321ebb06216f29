import { UserError } from '#base/errors.ts'
import type { Blueprint, BlueprintRead, BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { containsCidr, parseCidr } from '#network/addresses.ts'
import { flowsOf, type Flow } from './blueprint-flows.ts'
import { placeKinds, placeOf, type PlaceReader } from './peer-places.ts'
import { associationOf } from './pod-identity/association.ts'

export const egressKinds = ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/ServiceAccount', ...placeKinds] as const
export type EgressReader = Reader<(typeof egressKinds)[number]> & PlaceReader

/** What pods must reach once nothing else is open: what is declared, and what the rest of the blueprint stands on. */
export interface Egress {
  readonly flows: readonly Flow[]
  /** Credentials come from the agent of EKS Pod Identity on the node. */
  readonly agent: boolean
  /** What it reads and cannot reach any more: `S3`. */
  readonly unreachable: readonly string[]
}

const services = {
  secret: { service: 'secretsmanager', title: 'Secrets Manager' },
  parameter: { service: 'ssm', title: 'Parameter Store' },
  s3: { service: 's3', title: 'S3' },
} as const satisfies Record<BlueprintRead['is'], { readonly service: string; readonly title: string }>

/**
 * All egress of a workload whose egress is declared; undefined: it is left as it is.
 * @throws UserError `BAD_BLUEPRINT` when its pods could get no credentials, Unread when it was not read how they get them
 */
export function egressOf(
  world: EgressReader,
  cluster: Resource<'aws/eks/Cluster'>,
  blueprint: Blueprint,
  workload: BlueprintWorkload,
): Egress | undefined {
  const { to } = flowsOf(blueprint, workload)
  if (to === undefined) return undefined
  const identity = identityOf(world, cluster, workload)
  const wanted = [...(identity === 'irsa' ? [tokenService(world, cluster, workload, to)] : []), ...readFlows(world, cluster, workload, to)]
  return {
    flows: [...to, ...wanted.flatMap(each => ('flow' in each ? (each.flow ?? []) : []))],
    agent: identity === 'pod-identity',
    unreachable: wanted.flatMap(each => ('unreachable' in each ? each.unreachable : [])),
  }
}

function identityOf(
  world: EgressReader,
  cluster: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount }: BlueprintWorkload,
): 'irsa' | 'pod-identity' | undefined {
  const { name } = cluster.body
  if (associationOf(world, { cluster: name, namespace, name: serviceAccount }) !== undefined) return 'pod-identity'
  const account = world.find('k8s/ServiceAccount', `${namespace}/${serviceAccount}`, { cluster: name })
  return account?.body.metadata.annotations?.['eks.amazonaws.com/role-arn'] === undefined ? undefined : 'irsa'
}

type Need = { readonly flow: Flow | undefined } | { readonly unreachable: string }

/** Tokens are exchanged at STS. https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html */
function tokenService(world: EgressReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload, to: readonly Flow[]): Need {
  const need = needOf(world, cluster, to, { service: 'sts', title: 'STS', because: 'its credentials come from STS', where: workload.where })
  if (!('unreachable' in need)) return need
  throw new UserError(
    'BAD_BLUEPRINT',
    `${workload.namespace}/${workload.serviceAccount} gets its credentials from STS, which nothing in to lets it reach`,
    {
      where: workload.network?.where ?? workload.where,
      help: 'add internet:443, or make a VPC endpoint of sts',
    },
  )
}

/** What is mounted, the node reads. */
function readFlows(
  world: EgressReader,
  cluster: Resource<'aws/eks/Cluster'>,
  { reads, mounts }: BlueprintWorkload,
  to: readonly Flow[],
): readonly Need[] {
  const mounted = new Set(mounts.map(({ secret }) => secret))
  const own = reads.filter(read => read.is !== 'secret' || !mounted.has(read.name))
  const first = new Map(own.map(read => [read.is, read] as const).reverse())
  return [...first.values()].map(read =>
    needOf(world, cluster, to, { ...services[read.is], because: `it reads from ${services[read.is].title}`, where: read.where }),
  )
}

interface Wanted {
  readonly service: string
  readonly title: string
  readonly because: string
  readonly where: string
}

function needOf(
  world: EgressReader,
  cluster: Resource<'aws/eks/Cluster'>,
  to: readonly Flow[],
  { service, title, because, where }: Wanted,
): Need {
  if (to.some(flow => reaches(flow, service))) return { flow: undefined }
  const flow = { peer: { is: 'aws', service }, protocol: 'TCP', port: 443, where, because } as const satisfies Flow
  try {
    placeOf(world, cluster, flow)
    return { flow }
  } catch (error) {
    if (error instanceof UserError && error.code === 'BAD_BLUEPRINT') return { unreachable: title }
    throw error
  }
}

function reaches({ peer, protocol, port }: Flow, service: string): boolean {
  if (protocol !== 'TCP' || port !== 443) return false
  if (peer.is === 'aws') return peer.service === service
  return peer.is === 'internet' || (peer.is === 'block' && isEverything(peer.cidr))
}

function isEverything(text: string): boolean {
  const cidr = parseCidr(text)
  return cidr !== undefined && containsCidr(cidr, { family: cidr.family, value: 0n, prefix: 0 })
}
