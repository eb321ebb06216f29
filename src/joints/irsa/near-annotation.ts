import { editDistance } from '#base/nearest.ts'
import type { Resource } from '#model/resource.ts'
import { annotation, roleArnOf } from './service-account.ts'

type ServiceAccount = Resource<'k8s/ServiceAccount'>

export interface NearAnnotation {
  readonly key: string
  readonly value: string
  /** How the key misses, in a few words. */
  readonly how: string
}

const [ownPrefix = '', ownName = ''] = annotation.roleArn.split('/')
/** Names that people give the annotation, without dashes, dots and case. */
const names = new Set(['role', 'rolearn', 'rolearns', 'iamrole', 'iamrolearn', 'arn'])

/**
 * An annotation that was meant to name the role and has a key that the webhook does not read. Undefined when the right one is there too, or when another
 * product reads the key.
 */
export function nearAnnotation(serviceAccount: ServiceAccount): NearAnnotation | undefined {
  if (roleArnOf(serviceAccount) !== undefined) return undefined
  const near = Object.entries(serviceAccount.body.metadata.annotations ?? {}).flatMap(([key, value]) => {
    const miss = missOf(key, value)
    return miss === undefined ? [] : [{ key, value, ...miss }]
  })
  return near.sort((a, b) => a.distance - b.distance)[0]
}

interface Miss {
  readonly how: string
  readonly distance: number
}

function missOf(key: string, value: string): Miss | undefined {
  const distance = editDistance(key.toLowerCase(), annotation.roleArn)
  if (key === annotation.roleArn || value === '') return undefined
  if (key === 'iam.amazonaws.com/role') return { how: 'kube2iam and kiam read this key, from pods', distance }
  if (!namesRole(value)) return undefined
  const slash = key.lastIndexOf('/')
  if (slash < 0) return distance <= 2 ? { how: `the key is ${annotation.roleArn}`, distance } : undefined
  const [prefix, name] = [key.slice(0, slash), key.slice(slash + 1)]
  if (!isNearPrefix(prefix) || !isNearName(name)) return undefined
  const how =
    prefix === ownPrefix
      ? `after the slash it must say ${ownName}`
      : name === ownName
        ? `before the slash it must say ${ownPrefix}`
        : `the key is ${annotation.roleArn}`
  return { how, distance }
}

/** An IAM role, however badly written. */
const namesRole = (value: string): boolean => /arn:/i.test(value) && /role/i.test(value)

const isNearPrefix = (prefix: string): boolean =>
  editDistance(prefix.toLowerCase(), ownPrefix) <= 3 || prefix.toLowerCase().split('.').includes('eks')

function isNearName(name: string): boolean {
  const bare = name.toLowerCase().replaceAll(/[^a-z]/g, '')
  return names.has(bare) || editDistance(bare, 'rolearn') <= 2
}
