import type { EKSClient } from '@aws-sdk/client-eks'
import type { Scope } from '#model/resource.ts'
import type { Coverage } from '#model/world.ts'
import type { Pages } from './all-pages.ts'
import type { KnownCluster } from './eks-clusters.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import type { Session } from './session.ts'

/** One cluster whose objects are read, and the client for its region. */
export interface ClusterReading {
  readonly session: Session
  readonly eks: EKSClient
  readonly cluster: KnownCluster
  /** The kind and the cluster, for coverage. */
  readonly where: Coverage & { readonly scope: Scope }
}

const atOnce = 4

/** The items of a cluster's list, each read by itself, so many at a time; the list is complete unless it was refused. */
export async function readItems<Item>(where: Coverage, listed: Pages<Item>, read: (item: Item) => Promise<Part>): Promise<Part> {
  const parts = await inParallel(listed.items, atOnce, read)
  return together([...parts, listed.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, listed.refused)])
}
