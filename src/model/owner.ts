import { valueAt } from './place.ts'

/** What Mortise makes in AWS carries this tag, so that it is known later whose it is. */
export const ownerTag = { Key: 'managed-by', Value: 'mortise' } as const

/** The same for objects of Kubernetes. https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const ownerLabels = { 'app.kubernetes.io/managed-by': 'mortise' } as const

/** Whether an object says that Mortise made it. AWS gives tags as a list of pairs or as a map, whichever its service has. */
export function isOwned(body: unknown): boolean {
  const labels = valueAt(body, ['metadata', 'labels'])
  if (labels !== undefined) return valueAt(labels, ['app.kubernetes.io/managed-by']) === 'mortise'
  const tags = valueAt(body, ['Tags']) ?? valueAt(body, ['tags'])
  if (!Array.isArray(tags)) return valueAt(tags, [ownerTag.Key]) === ownerTag.Value
  return tags.some((tag: unknown) => valueAt(tag, ['Key']) === ownerTag.Key && valueAt(tag, ['Value']) === ownerTag.Value)
}
