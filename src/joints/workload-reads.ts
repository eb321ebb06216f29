import type { BlueprintRead, BlueprintWorkload } from '#model/blueprint.ts'

/** Something that the role of a workload reads. */
export type WorkloadRead = BlueprintRead & {
  /** The Secrets Store driver mounts it, with the role of the pods. */
  readonly isMounted?: true
}

/** All that the role of a workload reads: what its pods read themselves, and what they mount. Each once. */
export function readsOf({ reads, mounts }: Pick<BlueprintWorkload, 'reads' | 'mounts'>): readonly WorkloadRead[] {
  const mounted = mounts.map(({ secret, where }) => ({ is: 'secret', name: secret, where, isMounted: true }) as const)
  return [...reads.filter(read => read.is !== 'secret' || !mounts.some(({ secret }) => secret === read.name)), ...mounted]
}
