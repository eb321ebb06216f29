/** Annotations that Kubernetes itself defines: `kubernetes.io/service-account.name`. */
const ownAnnotation = /^kubernetes\.io\//

/**
 * What is kept of an object of which only the metadata may be known (k8s/Secret). Annotations of others are left out too: kubectl, kapp and
 * Rancher repeat the whole object in one, values included. So are field managers, which name the keys.
 */
export function metadataOnly(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { apiVersion, kind, metadata } = body
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    ...(metadata === undefined ? {} : { metadata: isMap(metadata) ? withoutCopies(metadata) : metadata }),
  }
}

function withoutCopies({ managedFields: _, annotations, ...metadata }: Record<string, unknown>): Record<string, unknown> {
  if (annotations === undefined) return metadata
  if (!isMap(annotations)) return { ...metadata, annotations }
  const own = Object.entries(annotations).filter(([name]) => ownAnnotation.test(name))
  return own.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(own) }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
