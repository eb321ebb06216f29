import type { Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import { environmentOf, literalOf, tokenFileOf, type Environment } from './identity.ts'
import { isWrittenVolume, templateSeat, type View } from './judged-shapes.ts'
import {
  containerCredentialsVariables,
  hasVolume,
  podIdentityVolume,
  roleVariable,
  seatsOf,
  skippedContainers,
  tokenFileVariable,
  tokenVolume,
  type Seat,
} from './webhook.ts'

/** What a container lacks of a working injection. Paths are inside the container. */
export type InjectionFault = { readonly seat: Seat } & (
  | { readonly is: 'not-injected' }
  | { readonly is: 'one-variable'; readonly has: string; readonly lacks: string; readonly index: number }
  | { readonly is: 'not-mounted'; readonly file: string }
  | { readonly is: 'no-token'; readonly file: string; readonly volume: string }
  | { readonly is: 'audience'; readonly volume: string; readonly audience: string | undefined }
  | { readonly is: 'mounted-twice'; readonly mountPath: string; readonly path: Path }
)

/**
 * The first container whose injection is broken.
 * @param audience what the service account asks for; undefined when it asks for no role, and only what was written by hand is judged
 */
export function injectionFault(workload: Workload, { shape, spec }: View, audience: string | undefined): InjectionFault | undefined {
  const skipped = skippedContainers(shape)
  for (const seat of seatsOf(spec)) {
    // What other webhooks add after this one, such as a mesh's proxy, is not the workload's own.
    const own = templateSeat(workload, seat.container.name)
    if (own === undefined) continue
    const conflict = mountedTwice(seat)
    if (conflict !== undefined) return conflict
    const environment = environmentOf(seat.container)
    if (audience === undefined && !environmentOf(own.container).has(tokenFileVariable)) continue
    const fault =
      skipped.has(seat.container.name) && !environment.has(tokenFileVariable)
        ? undefined
        : containerFault(workload, spec, seat, environment, audience)
    if (fault !== undefined) return fault
  }
  return undefined
}

function containerFault(
  workload: Workload,
  spec: View['spec'],
  seat: Seat,
  environment: Environment,
  audience: string | undefined,
): InjectionFault | undefined {
  const role = environment.get(roleVariable)
  const file = environment.get(tokenFileVariable)
  if (role === undefined && file === undefined)
    return containerCredentialsVariables.some(name => environment.has(name)) ? undefined : { is: 'not-injected', seat }
  if (file === undefined) return { is: 'one-variable', seat, has: roleVariable, lacks: tokenFileVariable, index: role?.index ?? 0 }
  if (role === undefined) return { is: 'one-variable', seat, has: tokenFileVariable, lacks: roleVariable, index: file.index }
  const path = literalOf(file)
  const token = tokenFileOf(spec, seat.container, path)
  if (token.is === 'not-mounted') return { is: 'not-mounted', seat, file: path ?? '' }
  if (token.is === 'no-token') return { is: 'no-token', seat, file: path ?? '', volume: token.volume }
  if (token.is === 'untold' || audience === undefined || token.audience === audience) return undefined
  // A volume that the webhook added carries the audience of that day: a stale pod, which is another finding.
  return isWrittenVolume(workload, token.volume) ? { is: 'audience', seat, volume: token.volume, audience: token.audience } : undefined
}

/** The API server refuses a container that mounts two volumes at one path. */
function mountedTwice(seat: Seat): InjectionFault | undefined {
  const mounts = seat.container.volumeMounts ?? []
  const index = mounts.findIndex((mount, at) => mounts.findIndex(other => other.mountPath === mount.mountPath) < at)
  const mountPath = mounts[index]?.mountPath
  if (mountPath === undefined) return undefined
  return {
    is: 'mounted-twice',
    seat,
    mountPath,
    path: ['volumeMounts', mounts.findIndex(mount => mount.mountPath === mountPath), 'mountPath'],
  }
}

/** Whether the webhook, or somebody by hand, left anything of an AWS identity in the pod. */
export function carriesIdentity({ spec }: View): boolean {
  if (hasVolume(spec, tokenVolume) || hasVolume(spec, podIdentityVolume)) return true
  return seatsOf(spec).some(({ container }) => {
    const environment = environmentOf(container)
    return [roleVariable, tokenFileVariable, ...containerCredentialsVariables].some(name => environment.has(name))
  })
}
