import { roleArnOf } from '#joints/irsa/service-account.ts'
import type { AwsKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { compare } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'
import type { WantedByName } from './read-world.ts'

/** Kinds whose policies are read only of what is named. */
export const namedOnly: ReadonlySet<AwsKind> = new Set([
  'aws/ecr/Repository',
  'aws/lambda/Function',
  'aws/s3/Bucket',
  'aws/sns/Topic',
  'aws/sqs/Queue',
])

/** The buckets, queues, topics, repositories and functions that identity policies name in full: what they are about with a wildcard is not read. */
export function namedByPolicies(read: readonly Pick<Gathered, 'resources'>[]): WantedByName {
  const arns = new Set(read.flatMap(part => part.resources).flatMap(resource => documentsOf(resource).flatMap(resourcesOf)))
  const buckets = [...arns].flatMap(arn => /^arn:[^:]*:s3:::([^/*?$]+)(?:\/.*)?$/s.exec(arn)?.[1] ?? [])
  const others = [...arns].filter(arn => /^arn:[^:]*:(?:sqs|sns|ecr|lambda):[^*?$]+$/.test(arn))
  return { buckets: [...new Set(buckets)].sort(compare), resources: others.sort(compare) }
}

/** Of what was read, the roles that service accounts and associations name, and the policies attached to them. */
export function policiesOfPods(read: readonly Gathered[]): readonly Pick<Gathered, 'resources'>[] {
  const resources = read.flatMap(part => part.resources)
  const named = new Set(resources.flatMap(rolesNamedBy))
  const roles = resources.filter((each): each is Resource<'aws/iam/Role'> => each.kind === 'aws/iam/Role' && named.has(each.id))
  const attached = new Set(roles.flatMap(({ body }) => (body.AttachedManagedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? [])))
  return [{ resources: [...roles, ...resources.filter(({ kind, id }) => kind === 'aws/iam/Policy' && attached.has(id))] }]
}

function rolesNamedBy(resource: Resource): readonly string[] {
  if (resource.kind === 'k8s/ServiceAccount') return [roleArnOf(resource as Resource<'k8s/ServiceAccount'>) ?? []].flat()
  if (resource.kind !== 'aws/eks/PodIdentityAssociation') return []
  const { roleArn, targetRoleArn } = (resource as Resource<'aws/eks/PodIdentityAssociation'>).body
  return [roleArn ?? [], targetRoleArn ?? []].flat()
}

function documentsOf({ kind, body }: Resource): readonly unknown[] {
  if (kind === 'aws/iam/Policy') {
    const { PolicyVersionList = [] } = body as Resource<'aws/iam/Policy'>['body']
    return PolicyVersionList.filter(version => version.IsDefaultVersion === true).map(version => version.Document)
  }
  const lists: Readonly<Record<string, string>> = {
    'aws/iam/Role': 'RolePolicyList',
    'aws/iam/User': 'UserPolicyList',
    'aws/iam/Group': 'GroupPolicyList',
  }
  const list = lists[kind]
  const inline = list === undefined ? undefined : (body as Readonly<Record<string, unknown>>)[list]
  return Array.isArray(inline) ? inline.map((policy: { readonly PolicyDocument?: unknown }) => policy.PolicyDocument) : []
}

function resourcesOf(document: unknown): readonly string[] {
  const { Statement = [] } = (document ?? {}) as { readonly Statement?: unknown }
  return [Statement].flat().flatMap(statement => {
    const { Resource: named = [] } = (statement ?? {}) as { readonly Resource?: unknown }
    return [named].flat().filter(each => typeof each === 'string')
  })
}
