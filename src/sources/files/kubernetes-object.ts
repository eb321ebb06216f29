import { inGroup, kubernetesKinds, kubernetesName, type KubernetesKind } from '#model/kinds.ts'

const byApi = new Map<string, KubernetesKind>(
  (Object.keys(kubernetesKinds) as KubernetesKind[]).flatMap(kind =>
    apiVersionsOf(kind).map((apiVersion): [string, KubernetesKind] => [`${apiVersion}/${kubernetesName(kind)}`, kind]),
  ),
)

/** Every `apiVersion` whose objects of the kind have the form that is read. */
export function apiVersionsOf(kind: KubernetesKind): readonly string[] {
  const { group, version, alsoIn = [] } = kubernetesKinds[kind]
  return [version, ...alsoIn].map(one => inGroup(group, one))
}

/** The kind of an object, by group and version too: another version may have another shape. */
export const kubernetesKind = (apiVersion: string, kind: string): KubernetesKind | undefined => byApi.get(`${apiVersion}/${kind}`)

/** Kinds of that name in any group: for a text that could not be parsed. */
export function kindsNamed(name: string): KubernetesKind[] {
  return [...new Set(byApi.values())].filter(kind => kubernetesName(kind) === name)
}

/** `namespace/name`, or the name of what has no namespace. */
export const kubernetesId = (kind: KubernetesKind, name: string, namespace: string): string =>
  kubernetesKinds[kind].namespaced ? `${namespace}/${name}` : name
