import { Unread, UserError, type UnreadFact } from '#base/errors.ts'
import { adoptions } from '#joints/adoptions.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import type { Adopted } from '#joints/define-adoption.ts'
import type { Blueprint } from '#model/blueprint.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export interface Adopting extends ReadResult {
  readonly blueprint: Blueprint
  /** What the blueprint cannot say of what exists, each a sentence. */
  readonly remarks: readonly string[]
  /** Parts that were left out, since it is not known what exists. */
  readonly unread: readonly { readonly about: string; readonly fact: UnreadFact }[]
}

/**
 * A blueprint of what exists in a cluster, so that it can be adopted.
 * @throws UserError `NO_CLUSTER` when it is not known which cluster is meant
 */
export async function init(input: WorldInput): Promise<Adopting> {
  const kinds = new Set(['aws/eks/Cluster' as const, ...adoptions.flatMap(({ reads }) => reads)])
  const read = await readWorld(input, [...kinds].sort())
  const { world } = read
  const clusters = world.seen('aws/eks/Cluster')
  const name = input.cluster ?? (clusters.length === 1 ? clusters[0]?.body.name : undefined)
  const cluster = name === undefined ? undefined : eksCluster(world, name)
  if (cluster === undefined) {
    const names = clusters.map(({ body }) => body.name)
    throw new UserError('NO_CLUSTER', name === undefined ? `${clusters.length} EKS clusters were read` : whyNoCluster(world, name).reason, {
      help:
        names.length > 1
          ? `name one with --cluster: ${names.join(', ')}`
          : 'read the live account, or add the output of aws eks describe-cluster',
    })
  }
  const parts: Adopted[] = []
  const unknown: { about: string; fact: UnreadFact }[] = []
  for (const adoption of adoptions) {
    try {
      parts.push(adoption.adopt(world, cluster) ?? { part: {}, remarks: [] })
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unknown.push({ about: adoption.fills, fact: error.fact })
    }
  }
  const empty: Blueprint = { cluster: cluster.body.name, workloads: [], access: [] }
  const blueprint = parts.reduce<Blueprint>((whole, { part }) => ({ ...whole, ...part }), empty)
  const unread = [...parts.flatMap(part => part.unread ?? []), ...unknown]
  return { ...read, blueprint, remarks: parts.flatMap(({ remarks }) => remarks), unread }
}
