import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'

const byApi = new Map<string, KubernetesKind>(
  (Object.keys(kubernetesKinds) as KubernetesKind[]).map(kind => [`${apiVersionOf(kind)}/${kind.slice('k8s/'.length)}`, kind]),
)

/** `apps/v1`, `v1`. */
export function apiVersionOf(kind: KubernetesKind): string {
  const { group, version } = kubernetesKinds[kind]
  return group === '' ? version : `${group}/${version}`
}

/** The kind of an object, by group and version too: another version may have another shape. */
export const kubernetesKind = (apiVersion: string, kind: string): KubernetesKind | undefined => byApi.get(`${apiVersion}/${kind}`)

/** Kinds of that name in any group: for a text that could not be parsed. */
export function kindsNamed(name: string): KubernetesKind[] {
  return [...byApi.values()].filter(kind => kind === `k8s/${name}`)
}

/** `namespace/name`, or the name of what has no namespace. */
export const kubernetesId = (kind: KubernetesKind, name: string, namespace: string): string =>
  kubernetesKinds[kind].namespaced ? `${namespace}/${name}` : name
