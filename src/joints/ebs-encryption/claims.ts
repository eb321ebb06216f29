import { perWorld } from '#joints/per-world.ts'
import { podShape, type PodSpec, type Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Claim, ClassChoice } from './classes.ts'
import type { PersistentVolume } from './volumes.ts'

export type ClaimReader = Reader<'k8s/PersistentVolumeClaim' | 'k8s/PersistentVolume'>

/** A claim that a workload mounts: it names it, or pods and StatefulSets make it from a template. */
export interface ClaimUse {
  readonly workload: Workload
  /** `data-db-0`; undefined for templates of which no pod is known yet. */
  readonly name: string | undefined
  /** What claims are made from; undefined when the claim must be there before. */
  readonly template: ClassChoice | undefined
  at(label: string): Evidence
}

interface Found {
  readonly key: string
  readonly name: string | undefined
  readonly template: ClassChoice | undefined
  readonly path: Path
}

const known = new WeakMap<Workload, readonly ClaimUse[]>()

/** Every claim that the pods of a workload mount, those of its template first. */
export function claimUsesOf(workload: Workload): readonly ClaimUse[] {
  const before = known.get(workload)
  if (before !== undefined) return before
  const { template, resource } = workload
  const own = volumesIn(template.spec, [...template.root, 'spec'], undefined).map(found => ({ found, resource: resource as Resource }))
  const ofPods = workload.seenPods.flatMap(pod =>
    volumesIn(podShape(pod).spec, ['spec'], pod.body.metadata.name).map(found => ({ found, resource: pod as unknown as Resource })),
  )
  const all = [...own, ...ofSet(workload), ...(resource.kind === 'k8s/Pod' ? [] : ofPods)]
  // A template of which pods are known is spoken of by what they mount.
  const made = new Set(all.flatMap(({ found }) => (found.name === undefined ? [] : [found.key])))
  const kept = all.filter(({ found }) => found.name !== undefined || !made.has(found.key))
  const unique = [...new Map(kept.toReversed().map(each => [each.found.name ?? `\n${each.found.key}`, each])).values()].toReversed()
  const uses = unique.map(({ found, resource: where }) => ({
    workload,
    name: found.name,
    template: found.template,
    at: (label: string) => where.at(found.path, label),
  }))
  known.set(workload, uses)
  return uses
}

function volumesIn({ volumes = [] }: PodSpec, root: Path, pod: string | undefined): readonly Found[] {
  return volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }, index): readonly Found[] => {
    const path = [...root, 'volumes', index]
    if (persistentVolumeClaim !== undefined)
      return [
        {
          key: name,
          name: persistentVolumeClaim.claimName,
          template: undefined,
          path: [...path, 'persistentVolumeClaim', 'claimName'],
        },
      ]
    if (ephemeral?.volumeClaimTemplate === undefined) return []
    const template = ephemeral.volumeClaimTemplate
    // https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
    return [{ key: name, name: pod === undefined ? undefined : `${pod}-${name}`, template, path: [...path, 'ephemeral'] }]
  })
}

/** `data-db-0` of template `data` of StatefulSet `db`. https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates */
function ofSet({ resource }: Workload): readonly { readonly found: Found; readonly resource: Resource }[] {
  if (resource.kind !== 'k8s/StatefulSet') return []
  const { metadata, spec } = (resource as Resource<'k8s/StatefulSet'>).body
  const first = spec?.ordinals?.start ?? 0
  const ordinals = Array.from({ length: Math.min(spec?.replicas ?? 1, 1000) }, (_, index) => first + index)
  return (spec?.volumeClaimTemplates ?? []).flatMap((template, index) =>
    ordinals.map(ordinal => ({
      resource: resource as Resource,
      found: {
        key: template.metadata?.name ?? '',
        name: `${template.metadata?.name ?? ''}-${metadata.name}-${ordinal}`,
        template,
        path: ['spec', 'volumeClaimTemplates', index, 'metadata', 'name'],
      },
    })),
  )
}

/** The claim itself; undefined when there is none. @throws Unread when it was not read */
export const claimOf = (world: ClaimReader, { workload, name }: ClaimUse): Claim | undefined =>
  name === undefined ? undefined : world.find('k8s/PersistentVolumeClaim', `${workload.namespace}/${name}`, workload.resource.scope)

const volumesByClaim = perWorld((world: ClaimReader): ReadonlyMap<string, PersistentVolume> => {
  const entries = world.seen('k8s/PersistentVolume').flatMap(volume => {
    const { namespace, name } = volume.body.spec?.claimRef ?? {}
    const cluster = 'cluster' in volume.scope ? volume.scope.cluster : ''
    return name === undefined ? [] : [[`${cluster}\n${namespace ?? ''}/${name}`, volume] as const]
  })
  return new Map(entries)
})

/** The PersistentVolume that a claim is bound to; undefined when it is bound to none. @throws Unread when that one was not read */
export function boundVolume(world: ClaimReader, claim: Claim): PersistentVolume | undefined {
  const name = claim.body.spec?.volumeName
  if (name !== undefined && name !== '') return world.find('k8s/PersistentVolume', name, claim.scope)
  const cluster = 'cluster' in claim.scope ? claim.scope.cluster : ''
  return volumesByClaim(world).get(`${cluster}\n${claim.id}`)
}
