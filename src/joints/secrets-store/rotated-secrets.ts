import { perWorld } from '#joints/per-world.ts'
import { workloadKinds, workloadsOf } from '#joints/workloads.ts'
import { Unread, type UnreadFact } from '#base/errors.ts'
import { mountsOf, type SecretMount } from './mounts.ts'
import type { WantedReader } from './over-wanted.ts'
import { providerSession } from './identity.ts'
import { takenClass } from './classes.ts'
import { homeOf, secretOf, wantedOf, type Secret, type Wanted } from './stored.ts'

/** A secret that a workload mounts. */
export interface MountedSecret {
  readonly secret: Secret
  readonly wanted: Wanted
  readonly mount: SecretMount
}

export interface MountedSecrets {
  readonly found: readonly MountedSecret[]
  /** Why there may be more. */
  readonly unread: readonly UnreadFact[]
}

const ofCluster = perWorld((_world: object) => new Map<string, MountedSecrets>())

/** Every secret that workloads of a cluster mount, as far as it was read. */
export function mountedSecretsIn(world: WantedReader, cluster: string): MountedSecrets {
  const known = ofCluster(world).get(cluster) ?? gathered(world, cluster)
  ofCluster(world).set(cluster, known)
  return known
}

function gathered(world: WantedReader, cluster: string): MountedSecrets {
  const found: MountedSecret[] = []
  const unread: UnreadFact[] = []
  const attempt = (ask: () => void) => {
    try {
      ask()
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread.push(error.fact)
    }
  }
  for (const kind of workloadKinds) attempt(() => void world.list(kind, { cluster }))
  for (const workload of workloadsOf(world).filter(each => each.cluster === cluster)) {
    for (const mount of mountsOf(world, workload)) {
      attempt(() => {
        const taken = takenClass(world, mount)
        const roleArn = taken === undefined ? undefined : providerSession(world, taken)?.roleArn
        const home = roleArn === undefined ? undefined : homeOf(roleArn)
        if (taken === undefined || home === undefined) return
        for (const wanted of wantedOf(taken).filter(({ object }) => object.type === 'secretsmanager')) {
          attempt(() => {
            const secret = secretOf(world, wanted, home)
            if (secret !== undefined) found.push({ secret, wanted, mount })
          })
        }
      })
    }
  }
  return { found, unread }
}

/** In every cluster, the first mount of each secret. */
const everywhere = perWorld((world: WantedReader) => {
  const scopes = [...world.seen('k8s/SecretProviderClass'), ...workloadsOf(world).map(({ resource }) => resource)].map(({ scope }) => scope)
  const clusters = new Set(scopes.map(scope => ('cluster' in scope ? scope.cluster : '')))
  const all = [...clusters].map(cluster => mountedSecretsIn(world, cluster))
  return {
    bySecret: new Map(
      all
        .flatMap(({ found }) => found)
        .toReversed()
        .map(each => [each.secret, each] as const),
    ),
    unread: all.flatMap(({ unread }) => unread)[0],
  }
})

/**
 * A mount of a secret, in whichever cluster; undefined when no workload mounts it.
 * @throws Unread when none was seen and there may be one
 */
export function mountOfSecret(world: WantedReader, secret: Secret): MountedSecret | undefined {
  const { bySecret, unread } = everywhere(world)
  const found = bySecret.get(secret)
  if (found === undefined && unread !== undefined) throw new Unread(unread)
  return found
}
