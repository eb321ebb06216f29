import type { PodRecord } from './pod-record.ts'

const known = new WeakMap<readonly PodRecord[], ReadonlySet<string>>()

/** The keys of all labels that any of the pods carries; lists of pods are not changed, and are asked about at every new label. */
export function labelKeysOf(pods: readonly PodRecord[]): ReadonlySet<string> {
  const ready = known.get(pods)
  if (ready !== undefined) return ready
  const keys = new Set<string>()
  for (const { labels } of pods) for (const key in labels) keys.add(key)
  known.set(pods, keys)
  return keys
}
