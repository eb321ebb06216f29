import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { driverOf, type EbsDriver } from './drivers.ts'

export type StorageClass = Resource<'k8s/StorageClass'>
export type Claim = Resource<'k8s/PersistentVolumeClaim'>
export type ClassReader = Reader<'k8s/StorageClass'>

/** A parameter as the class spells it: the driver takes names in any case. */
export interface Parameter {
  readonly name: string
  readonly value: string
  readonly path: Path
}

export const parametersOf = ({ body }: StorageClass): readonly Parameter[] =>
  Object.entries(body.parameters ?? {}).map(([name, value]) => ({ name, value, path: ['parameters', name] }))

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md */
export const parameterOf = (storageClass: StorageClass, name: string): Parameter | undefined =>
  parametersOf(storageClass).find(each => each.name.toLowerCase() === name.toLowerCase())

export const ebsDriverOf = ({ body }: StorageClass): EbsDriver | undefined => driverOf(body.provisioner)

/** The key that the class names; undefined where it names none, or an empty text. */
export function keyParameter(storageClass: StorageClass): Parameter | undefined {
  const found = parameterOf(storageClass, 'kmsKeyId')
  return found === undefined || found.value === '' ? undefined : found
}

/**
 * What makes the driver ask for an encrypted volume: a key, whatever `encrypted` says, or `encrypted` in exactly these letters.
 * https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/cloud/cloud.go (createVolumeHelper), pkg/driver/controller.go (isTrue)
 */
export function encryptionAsked(storageClass: StorageClass): Parameter | undefined {
  const key = keyParameter(storageClass)
  if (key !== undefined) return key
  const encrypted = parameterOf(storageClass, 'encrypted')
  return encrypted?.value === 'true' ? encrypted : undefined
}

export const defaultMarks = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'] as const

export function defaultMark(storageClass: StorageClass): Evidence | undefined {
  const mark = defaultMarks.find(each => storageClass.body.metadata.annotations?.[each] === 'true')
  return mark === undefined ? undefined : storageClass.at(['metadata', 'annotations', mark], 'this class is the default')
}

/**
 * The class of claims that name none: of several the newest. https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 * @throws Unread when the classes were not all read
 */
export function defaultClass(world: ClassReader, cluster: string): StorageClass | undefined {
  const marked = world.list('k8s/StorageClass', { cluster }).filter(each => defaultMark(each) !== undefined)
  return marked.toSorted((a, b) => made(b).localeCompare(made(a)))[0]
}

const made = ({ body }: StorageClass): string => String(body.metadata.creationTimestamp ?? '')

/** What says which class a claim has. */
export interface ClassChoice {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> | undefined } | undefined
  readonly spec?: { readonly storageClassName?: string | undefined } | undefined
}

/** Undefined: the default class; an empty text: none at all. */
export const classNameOf = ({ metadata, spec }: ClassChoice): string | undefined =>
  spec?.storageClassName ?? metadata?.annotations?.['volume.beta.kubernetes.io/storage-class']

/** The class of a claim; undefined when it does not exist, there is no default one, or the claim wants none. @throws Unread */
export function classOf(world: ClassReader, cluster: string, choice: ClassChoice): StorageClass | undefined {
  const name = classNameOf(choice)
  if (name === undefined) return defaultClass(world, cluster)
  return name === '' ? undefined : world.find('k8s/StorageClass', name, { cluster })
}
