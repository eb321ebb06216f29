import { dump } from 'js-yaml'
import { allKinds } from '#model/kinds.ts'
import { generateAccess } from './generate-access.ts'
import { generateDetection } from './generate-detection.ts'
import { generateMonitoring } from './generate-monitoring.ts'
import { generateNetwork } from './generate-network.ts'
import { generateSecrets } from './generate-secrets.ts'
import { generateStorage } from './generate-storage.ts'
import { generateWorkloads } from './generate-workloads.ts'
import { clusterName, readAt, sharedKeyResources, type WorldSize } from './workload-sorts.ts'

/** Every kind was read in full: what is not there does not exist. */
const header = (): object => ({ kind: 'mortise/World', version: 1, cluster: clusterName, readAt, read: allKinds })

/**
 * A world of ordinary shape that every joint has something to say about: each kind of chain holds but for one in fifty. The same size gives the same objects.
 */
export const generateWorld = (size: WorldSize): readonly object[] => [
  header(),
  ...generateAccess(size),
  ...sharedKeyResources(),
  ...generateNetwork(size),
  ...generateSecrets(size),
  ...generateStorage(size),
  ...generateMonitoring(size),
  ...generateDetection(size),
  ...generateWorkloads(size),
]

/** As `scan --save` writes it. */
export const worldText = (world: readonly object[]): string =>
  world.map(document => dump(document, { lineWidth: -1, noRefs: true })).join('---\n')
