import { UserError } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { BlueprintMount, BlueprintWorkload } from '#model/blueprint.ts'
import type { Workload } from '#joints/workloads.ts'
import { takenClass, type ParsedReader } from './classes.ts'
import { consumersOf } from './consumers.ts'
import { mountsOf, type MountReader } from './mounts.ts'

/** The secrets that pods find in one folder: the driver mounts one class there. */
export interface DeclaredFolder {
  readonly folder: string
  readonly mounts: readonly BlueprintMount[]
  /** The class that Mortise makes for it: `reader-db`, after the service account and the folder. */
  readonly className: string
  readonly where: string
}

/** What a workload mounts, by folder, in the order of the blueprint. Folders that end alike are told apart by their whole paths. */
export function declaredFolders({ serviceAccount, mounts }: BlueprintWorkload): readonly DeclaredFolder[] {
  const byFolder = [...Map.groupBy(mounts, ({ folder }) => plain(folder))]
  return byFolder.map(([folder, list]) => {
    const isAlone = byFolder.filter(([other]) => lastOf(other) === lastOf(folder)).length === 1
    const [first] = list
    return {
      folder,
      mounts: list,
      className: nameOf(serviceAccount, isAlone ? lastOf(folder) : folder),
      where: first?.where ?? '',
    }
  })
}

const plain = (folder: string): string => folder.replace(/(?<=.)\/+$/, '')
const lastOf = (folder: string): string => folder.slice(folder.lastIndexOf('/') + 1)

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const nameOf = (serviceAccount: string, folder: string): string =>
  `${serviceAccount}-${folder.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.replaceAll(/-{2,}/g, '-').replace(/-+$/, '').slice(0, 253)

/** How pods of a workload find a folder now. */
export type FolderState =
  /** A class that mounts every secret of it is mounted there: Mortise's, or somebody's. */
  { readonly is: 'mounted'; readonly className: string } | { readonly is: 'not mounted' }

/**
 * @throws Unread when a class that is mounted there was not read, UserError `NOT_OURS` when something else is mounted there
 */
export function folderState(world: MountReader & ParsedReader, workload: Workload, declared: DeclaredFolder): FolderState {
  const containers = workload.template.spec.containers
  const there = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.filter(({ mountPath }) => plain(mountPath) === declared.folder))
  const [mount] = there
  if (mount === undefined) return { is: 'not mounted' }
  const found = mountsOf(world, workload).find(({ volume }) => volume === mount.name)
  const isWhole = found !== undefined && consumersOf(found).some(({ subPath, hasExpression }) => subPath === undefined && !hasExpression)
  if (found === undefined || !isWhole || found.className === undefined)
    throw occupied(workload, declared, `volume ${mount.name} is mounted there`)
  if (found.className === declared.className) return { is: 'mounted', className: found.className }
  const names = new Set(takenClass(world, found)?.parsed.objects.map(({ objectName }) => secretName(objectName)))
  const lacks = declared.mounts.find(({ secret }) => !names.has(secret))
  if (lacks === undefined) return { is: 'mounted', className: found.className }
  throw occupied(workload, declared, `SecretProviderClass ${found.className} is mounted there, without secret ${lacks.secret}`)
}

/** A secret's ARN ends in six characters that Secrets Manager adds to its name. */
const secretName = (objectName: string): string =>
  parseArn(objectName)
    ?.resource.replace(/^secret:/, '')
    .replace(/-[A-Za-z0-9]{6}$/, '') ?? objectName

const occupied = ({ name, namespace }: Workload, { folder, where }: DeclaredFolder, why: string) =>
  new UserError('NOT_OURS', `${name} in ${namespace} cannot get ${folder}: ${why}`, {
    where,
    help: 'Name another folder in the blueprint, or let whoever wrote it change that one.',
  })
