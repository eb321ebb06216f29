import { dump } from 'js-yaml'
import { apiVersionOf, isKubernetesKind, kubernetesKinds, kubernetesName, type AwsKind } from '#model/kinds.ts'
import { scopeText, type Resource } from '#model/resource.ts'
import { compare, type Coverage, type World } from '#model/world.ts'
import { metadataOnly } from '#sources/metadata-only.ts'
import { organizationArn } from '#sources/files/prepare-aws.ts'
import { scopeSaid } from '#sources/files/take-aws.ts'
import { ordered } from './ordered.ts'
import { redact } from './redact.ts'

/** The version that this program writes. Readers refuse others. */
const version = 1

/**
 * The world as one YAML stream, which `readFiles` reads back to an equal world. Equal worlds give equal texts.
 * Redacted: see `redact`. The form is `docs/schemas/world.schema.json`, told in `docs/guide/snapshot-format.md`.
 */
export const writeSnapshot = (world: World): string => [...snapshotParts(world)].join('')

/** The same, document by document, for worlds that are large. */
export function* snapshotParts(world: World): Generator<string> {
  const resources = [...world.resources()].sort(inOrder)
  const clusters = new Set(resources.flatMap(({ scope }) => ('cluster' in scope ? [scope.cluster] : [])))
  const [only] = clusters
  yield document(header(world, clusters.size === 1 ? only : undefined), true)
  let cluster = clusters.size === 1 ? only : undefined
  for (const resource of resources) {
    if ('cluster' in resource.scope && resource.scope.cluster !== cluster) {
      cluster = resource.scope.cluster
      yield document({ kind: 'mortise/Cluster', name: cluster })
    }
    yield document(isKubernetesKind(resource.kind) ? kubernetesForm(resource) : awsForm(resource))
  }
}

/** AWS before Kubernetes, clusters one after the other, then by kind and id. */
function inOrder(a: Resource, b: Resource): number {
  if (isKubernetesKind(a.kind) !== isKubernetesKind(b.kind)) return isKubernetesKind(a.kind) ? 1 : -1
  const byScope = compare(scopeText(a.scope), scopeText(b.scope))
  const byKind = compare(a.kind, b.kind)
  return (isKubernetesKind(a.kind) ? byScope || byKind : byKind || byScope) || compare(a.id, b.id)
}

function header(world: World, cluster: string | undefined): object {
  const { readAt } = world
  const read = world.read.map(entry => (Object.keys(entry).length === 1 ? entry.kind : placed(entry)))
  const unread = world.unread.map(({ reason, settle, ...where }) => ({
    ...placed(where),
    reason,
    settle,
  }))
  return { kind: 'mortise/World', version, cluster, readAt, read: sorted(read), unread: unread.length === 0 ? undefined : sorted(unread) }
}

type Where = { readonly [Key in 'kind' | 'id' | 'scope' | 'namespace' | 'vpc']?: Coverage[Key] | undefined }

const placed = ({ kind, id, scope, namespace, vpc }: Where): object => ({ kind, id, ...scope, namespace, vpc })

/** Each once, in plain order. */
function sorted(entries: readonly unknown[]): unknown[] {
  const byText = new Map(entries.map(entry => [JSON.stringify(ordered(entry)), entry]))
  return [...byText].sort(([a], [b]) => compare(a, b)).map(([, entry]) => entry)
}

function kubernetesForm({ kind, body }: Resource): object {
  if (!isKubernetesKind(kind)) return body
  const kept = kubernetesKinds[kind].metadataOnly === true ? metadataOnly({ ...body }) : body
  return redact({ apiVersion: apiVersionOf(kind), ...kept, kind: kubernetesName(kind) })
}

/** Account and region are written only where the ARN does not say them. */
function awsForm({ kind, id, scope, body }: Resource): object {
  const said = scopeSaid(kind as AwsKind, organizationArn(body) ?? id, {})
  const isSaid = said !== undefined && scopeText(said) === scopeText(scope)
  return { kind, ...(isSaid ? {} : scope), ...body }
}

function document(value: object, isFirst = false): string {
  return `${isFirst ? '' : '---\n'}${dump(ordered(value), { lineWidth: -1, noRefs: true })}`
}
