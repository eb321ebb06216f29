import type { Evidence } from '#model/resource.ts'
import type { Installed } from './installed.ts'

/** A folder in which the driver and its providers meet. */
export interface Folder {
  /** Inside the container. */
  readonly folder: string
  /** Of the node; undefined: nothing of the node is mounted there. */
  readonly host: string | undefined
  at(label: string): Evidence
}

const defaultFolder = '/var/run/secrets-store-csi-providers'
/** The driver looks there too, since providers once listened there. https://github.com/kubernetes-sigs/secrets-store-csi-driver/issues/823 */
const additionalDefault = '/etc/kubernetes/secrets-store-csi-providers'

/** The folders that the arguments name, or that both programs take by default: cmd/secrets-store-csi-driver/main.go, the provider's main.go. */
export function foldersOf(installed: Installed): readonly Folder[] {
  const isDriver = imageRepository(installed).endsWith('driver')
  return [
    named(installed, 'provider-volume', defaultFolder),
    ...(isDriver ? named(installed, 'additional-provider-volume-paths', additionalDefault) : []),
  ].flat()
}

function named(installed: Installed, name: string, otherwise: string): readonly Folder[] {
  const argument = installed.argument(name)
  return (argument?.value ?? otherwise)
    .split(',')
    .filter(folder => folder !== '')
    .map(folder => ({
      folder,
      host: installed.hostFolder(folder),
      at: label => (argument === undefined ? installed.image(`${label}, by default`) : installed.daemonSet.at(argument.path, label)),
    }))
}

const imageRepository = ({ daemonSet, path }: Installed): string =>
  (daemonSet.body.spec?.template.spec?.containers[Number(path.at(-1))]?.image ?? '').split('@')[0]?.replace(/:[^:/]*$/, '') ?? ''
