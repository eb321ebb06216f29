import { apiVersionOf, isKubernetesKind, kubernetesName } from '#model/kinds.ts'
import { plannedIdsIn } from '#model/planned-id.ts'
import { yamlLines } from '../yaml-lines.ts'
import { headText } from './by-hand.ts'
import type { EditedObject } from './edited.ts'

/** What a plan makes and changes in the cluster, as manifests of whole objects for kubectl or a GitOps repository. Ends with a line feed. */
export function manifestsText(objects: readonly EditedObject[]): string {
  const documents = objects.flatMap(object => (isKubernetesKind(object.target.kind) ? [manifest(object)] : []))
  const aws = objects.length - documents.length
  const rest = aws === 0 ? [] : [`${aws} more ${aws === 1 ? 'object is' : 'objects are'} in AWS: --format terraform or cloudformation.`]
  return `${[headText('#', rest), ...documents].join('\n---\n')}\n`
}

function manifest({ target, titles, after }: EditedObject): string {
  const { kind } = target
  const remarks = titles.map(title => `# ${title}`)
  if (!isKubernetesKind(kind) || after === undefined) return [...remarks, `# Remove ${target.kind} ${target.id}.`].join('\n')
  const ids = plannedIdsIn(after).map(id => `# Write what it gets in AWS in place of ${id}.`)
  const whole = { apiVersion: apiVersionOf(kind), kind: kubernetesName(kind), ...declared(after) }
  return [...remarks, ...ids, ...yamlLines(whole)].join('\n')
}

/** What only the server writes is no part of a manifest. https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
const serverOwn = new Set(['creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'])
const appliedBefore = 'kubectl.kubernetes.io/last-applied-configuration'

function declared(after: unknown): Readonly<Record<string, unknown>> {
  const { apiVersion: _apiVersion, kind: _kind, metadata = {}, status: _status, ...rest } = after as Readonly<Record<string, unknown>>
  const own = Object.fromEntries(Object.entries(metadata as object).filter(([key]) => !serverOwn.has(key)))
  const { [appliedBefore]: _, ...annotations } = (own['annotations'] ?? {}) as Readonly<Record<string, unknown>>
  return { metadata: { ...own, ...(Object.keys(annotations).length === 0 ? { annotations: undefined } : { annotations }) }, ...rest }
}
