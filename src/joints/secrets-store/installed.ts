import { Unread } from '#base/errors.ts'
import { versionText, type Version, parseImage } from '#joints/container-image.ts'
import { isImageOf, type Component } from '#joints/component-versions/define.ts'
import { awsProvider, secretsStoreDriver } from '#joints/component-versions/secrets-store.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type DaemonSet = Resource<'k8s/DaemonSet'>
export type InstalledReader = Reader<'k8s/DaemonSet'>

/** A DaemonSet that runs the driver or the provider. */
export interface Installed {
  readonly daemonSet: DaemonSet
  readonly cluster: string
  /** Of the container, inside the DaemonSet. */
  readonly path: Path
  /** Undefined: the image has no tag that is a version. */
  readonly version: Version | undefined
  /** The image, where it stands. */
  image(label: string): Evidence
  /** An argument of the container, `--name=value` or `--name value`; `true` for one without a value. Undefined: it is not given. */
  argument(name: string): { readonly value: string; readonly path: Path } | undefined
  /** The folder of the node that stands at a folder of the container; undefined when none is mounted there. */
  hostFolder(folder: string): string | undefined
  /** A variable of the container; undefined when it is not set, or not literally. */
  variable(name: string): { readonly value: string | undefined; readonly path: Path } | undefined
}

/** For Linux: the AWS provider runs nowhere else. */
export const driversIn = (world: InstalledReader, cluster: string): readonly Installed[] => installedIn(world, cluster, secretsStoreDriver)

export const providersIn = (world: InstalledReader, cluster: string): readonly Installed[] => installedIn(world, cluster, awsProvider)

/** As `installedIn`, whatever was read. */
export const seenDrivers = (world: InstalledReader): readonly Installed[] => [...allInstalled(world)].flatMap(([, { driver }]) => driver)
export const seenProviders = (world: InstalledReader): readonly Installed[] =>
  [...allInstalled(world)].flatMap(([, { provider }]) => provider)

const allInstalled = perWorld((world: InstalledReader) => {
  const byCluster = Map.groupBy(world.seen('k8s/DaemonSet'), ({ scope }) => ('cluster' in scope ? scope.cluster : ''))
  return new Map(
    [...byCluster].map(([cluster, sets]) => {
      const linux = sets.filter(set => set.body.spec?.template.spec?.nodeSelector?.['kubernetes.io/os'] !== 'windows')
      const of = (component: Component) => linux.flatMap(set => partOf(set, cluster, component) ?? [])
      return [cluster, { driver: of(secretsStoreDriver), provider: of(awsProvider), sets: linux }] as const
    }),
  )
})

/**
 * Where a component runs. None: it runs nowhere.
 * @throws Unread when the DaemonSets were not all read, or one of them may be it under another name
 */
function installedIn(world: InstalledReader, cluster: string, component: Component): readonly Installed[] {
  const all = allInstalled(world).get(cluster)
  const isDriver = component === secretsStoreDriver
  const found = (isDriver ? all?.driver : all?.provider) ?? []
  world.list('k8s/DaemonSet', { cluster })
  if (found.length > 0) return found
  const recognised = new Set([...(all?.driver ?? []), ...(all?.provider ?? [])].map(({ daemonSet }) => daemonSet))
  const disguised = (all?.sets ?? []).find(set => !recognised.has(set) && mayBe(set))
  if (disguised === undefined) return []
  throw new Unread({
    kind: 'k8s/DaemonSet',
    id: disguised.id,
    reason: `whether it is the ${isDriver ? 'driver' : 'AWS provider'} under another image name is not told`,
    settle: { by: 'user', step: `name its image as the project does: …/${component.images[0] ?? component.id}` },
  })
}

/** It has the folder in which the driver and its providers meet. */
const mayBe = ({ body }: DaemonSet): boolean =>
  (body.spec?.template.spec?.volumes ?? []).some(
    ({ hostPath }) => hostPath !== undefined && /secrets-store-csi-providers|csi-secrets-store/.test(hostPath.path),
  )

function partOf(daemonSet: DaemonSet, cluster: string, component: Component): Installed | undefined {
  const spec = daemonSet.body.spec?.template.spec
  const index = (spec?.containers ?? []).findIndex(({ image }) => image !== undefined && isImageOf(component, image))
  const container = spec?.containers[index]
  if (spec === undefined || container === undefined) return undefined
  const path = ['spec', 'template', 'spec', 'containers', index]
  return {
    daemonSet,
    cluster,
    path,
    version: parseImage(container.image ?? '').version,
    image: label => daemonSet.at([...path, 'image'], label),
    argument(name) {
      const texts = container.args ?? []
      const at = texts.findLastIndex(text => new RegExp(`^--?${name}(?:=|$)`).test(text))
      const text = texts[at]
      if (text === undefined) return undefined
      const next = texts[at + 1]
      const value = text.includes('=') ? text.slice(text.indexOf('=') + 1) : next === undefined || next.startsWith('-') ? 'true' : next
      return { value, path: [...path, 'args', at] }
    },
    hostFolder(folder) {
      const mount = (container.volumeMounts ?? []).find(each => plain(each.mountPath) === plain(folder))
      return plain((spec.volumes ?? []).find(({ name }) => name === mount?.name)?.hostPath?.path)
    },
    variable(name) {
      const at = (container.env ?? []).findLastIndex(each => each.name === name)
      return at < 0 ? undefined : { value: container.env?.[at]?.value, path: [...path, 'env', at] }
    },
  }
}

const plain = <T extends string | undefined>(folder: T): T => folder?.replace(/\/+$/, '') as T

/**
 * The version of an image whose tag tells.
 * @throws Unread for a digest or another tag
 */
export function versionOf({ daemonSet, version, path }: Installed): Version {
  if (version !== undefined) return version
  const image = daemonSet.body.spec?.template.spec?.containers[Number(path.at(-1))]?.image ?? ''
  throw new Unread({
    kind: 'k8s/DaemonSet',
    id: daemonSet.id,
    reason: `which version ${image} is, its tag does not tell`,
    settle: { by: 'user', step: 'name the image by a tag that is its version' },
  })
}

export const versionedText = ({ version }: Installed): string => (version === undefined ? '' : ` ${versionText(version)}`)

/** Who keeps the object as it is, so that an edit of it would be taken back: `Helm release x`, `an EKS add-on`. */
export function keeperOf({
  body: { metadata },
}: {
  readonly body: Resource<'k8s/DaemonSet' | 'k8s/CSIDriver'>['body']
}): string | undefined {
  const release = metadata.annotations?.['meta.helm.sh/release-name']
  if (release !== undefined) return `Helm release ${release}`
  const manager = metadata.labels?.['app.kubernetes.io/managed-by']
  if (manager === 'EKS' || metadata.managedFields?.some(({ manager: by }) => by === 'eks') === true) return 'an EKS add-on'
  return undefined
}
