import type { SendToCluster } from '#changes/kubernetes/kubernetes-writer.ts'
import { kubernetesKinds } from '#model/kinds.ts'
import { refused } from '#changes/kubernetes/refusal.ts'

/** The kinds that probes make. */
const kinds = ['k8s/Job', 'k8s/SecretProviderClass', 'k8s/Service'] as const

/** An object that a run left behind. */
export interface Remains {
  readonly kind: (typeof kinds)[number]
  readonly id: string
  /** The run that made it. */
  readonly run: string
  /** ISO 8601. */
  readonly madeAt: string
}

interface Listed {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly creationTimestamp: string
    readonly labels?: Readonly<Record<string, string>>
  }
}

/**
 * Everything with the label of probes, oldest first.
 * @param namespaces all of them when empty
 * @throws RemoteError when a list is refused: nothing that was not looked for counts as gone
 */
export async function findRemains(send: SendToCluster, label: string, namespaces: readonly string[]): Promise<readonly Remains[]> {
  const places = namespaces.length === 0 ? [''] : namespaces.map(name => `namespaces/${name}/`)
  const found: Remains[] = []
  for (const kind of kinds) {
    for (const place of places) {
      const { group, version, plural } = kubernetesKinds[kind]
      const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
      const { status, text } = await send({ method: 'GET', path: `${root}/${place}${plural}?labelSelector=${encodeURIComponent(label)}` })
      if (status === 404) continue // the cluster has no such kind
      if (status !== 200) throw refused(`list ${plural}`, status, text)
      const { items } = JSON.parse(text) as { readonly items: readonly Listed[] }
      found.push(...items.map(item => remainsOf(kind, label, item)))
    }
  }
  return found.toSorted((a, b) => a.madeAt.localeCompare(b.madeAt))
}

const remainsOf = (kind: Remains['kind'], label: string, { metadata }: Listed): Remains => ({
  kind,
  id: `${metadata.namespace}/${metadata.name}`,
  run: metadata.labels?.[label] ?? '',
  madeAt: metadata.creationTimestamp,
})
