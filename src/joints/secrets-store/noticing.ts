import { workloadsOf, type Workload } from '#joints/workloads.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence } from '#model/resource.ts'
import type { TakenClass } from './classes.ts'
import { consumersOf } from './consumers.ts'
import { mountedFiles } from './mounted-files.ts'
import type { MountReader } from './mounts.ts'
import type { MountedObject } from './objects.ts'
import { referencesIn } from './synced-secrets.ts'

/** A container that has a value as it was when the container started. */
export interface FrozenUse {
  readonly by: 'env' | 'subPath'
  readonly container: string
  at(label: string): Evidence
}

/** Variables of a synced Secret, and single files that are mounted by subPath: neither ever changes in a container that runs. */
export function frozenUse({ mount, parsed, secretProviderClass }: TakenClass, object: MountedObject): FrozenUse | undefined {
  const { workload, shape } = mount
  const files = mountedFiles(parsed).filter(each => each.object === object)
  const single = consumersOf(mount).find(
    ({ subPath }) => subPath !== undefined && files.some(({ file }) => file === subPath || file.startsWith(`${subPath}/`)),
  )
  if (single !== undefined)
    return { by: 'subPath', container: single.container, at: label => workload.resource.at([...single.path, 'subPath'], label) }
  const names = new Set(files.map(({ file }) => file))
  const made = (secretProviderClass.body.spec?.secretObjects ?? []).map(({ secretName = '', data = [] }) => ({
    secretName: secretName.trim(),
    keys: new Set(data.flatMap(({ objectName = '', key = '' }) => (names.has(objectName.trim()) ? [key.trim()] : []))),
  }))
  const variable = referencesIn(shape).find(
    ({ by, secretName, key }) =>
      by === 'env' && made.some(each => each.secretName === secretName && (key === undefined ? each.keys.size > 0 : each.keys.has(key))),
  )
  if (variable === undefined) return undefined
  return { by: 'env', container: variable.container ?? '', at: label => workload.resource.at(variable.path, label) }
}

const prefixes = ['reloader.stakater.com/', 'secret.reloader.stakater.com/', 'secretproviderclass.reloader.stakater.com/'] as const
const csiIntegration = '--enable-csi-integration=true'

/**
 * What restarts the workload when a Secret or a class's pod status changes: its annotation, and the Reloader that runs. Undefined when nothing does.
 * @throws Unread when it has an annotation and whether a Reloader runs was not read
 */
export function restartedBy(world: MountReader, { resource, template, cluster }: Workload): readonly Evidence[] | undefined {
  const own: Readonly<Record<string, string>> = resource.body.metadata.annotations ?? {}
  const asks = prefixes.flatMap(prefix =>
    Object.keys(own).filter(key => key.startsWith(prefix) && own[key] !== 'false' && key !== 'reloader.stakater.com/ignore'),
  )
  const inTemplate = prefixes.flatMap(prefix =>
    Object.keys(template.annotations).filter(key => key.startsWith(prefix) && template.annotations[key] !== 'false'),
  )
  const [key] = [...asks, ...inTemplate]
  if (key === undefined) return undefined
  const at = asks.includes(key)
    ? resource.at(['metadata', 'annotations', key], 'Reloader restarts it when what it takes changes')
    : resource.at([...template.root, 'metadata', 'annotations', key], 'Reloader restarts it when what it takes changes')
  const reloaders = reloadersIn(world).get(cluster) ?? []
  if (reloaders.length === 0) {
    world.list('k8s/Deployment', { cluster })
    return undefined
  }
  const forClasses = key.startsWith('secretproviderclass.')
  const fits = reloaders.find(({ container }) => !forClasses || (container.args ?? []).includes(csiIntegration))
  return fits === undefined ? undefined : [at, fits.workload.resource.at(fits.path, 'the Reloader that does')]
}

const reloadersIn = perWorld((world: MountReader) =>
  Map.groupBy(
    workloadsOf(world).flatMap(workload => {
      const containers = workload.template.spec.containers
      const index = containers.findIndex(({ image = '' }) => /(?:^|\/)stakater\/reloader(?:[:@-]|$)/.test(image))
      const container = containers[index]
      return container === undefined
        ? []
        : [{ workload, container, path: [...workload.template.root, 'spec', 'containers', index, 'image'] }]
    }),
    ({ workload }) => workload.cluster,
  ),
)
