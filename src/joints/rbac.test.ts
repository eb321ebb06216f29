import { describe, expect, it } from 'vitest'
import { Unread } from '#base/errors.ts'
import { Resource } from '#model/resource.ts'
import { World, type Coverage } from '#model/world.ts'
import { subjectOf } from '#rbac/cluster-access.ts'
import { assertWhole, clusterRbac, parsedAwsAuth } from './rbac.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const role = 'arn:aws:iam::111122223333:role/Developer'
const cluster = (authenticationMode: 'API' | 'CONFIG_MAP' | 'API_AND_CONFIG_MAP') =>
  new Resource(
    'aws/eks/Cluster',
    'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
    { account: '111122223333', region: 'eu-west-1' },
    { name: 'prod', arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod', accessConfig: { authenticationMode } } as never,
    origin,
  )
const awsAuth = (mapRoles: string) =>
  new Resource(
    'k8s/ConfigMap',
    'kube-system/aws-auth',
    { cluster: 'prod' },
    { metadata: { name: 'aws-auth', namespace: 'kube-system' }, data: { mapRoles } } as never,
    origin,
  )
const entry = new Resource(
  'aws/eks/AccessEntry',
  'arn:aws:eks:eu-west-1:111122223333:access-entry/prod/role/111122223333/Developer/1',
  { account: '111122223333', region: 'eu-west-1', clusterName: 'prod' },
  { accessEntryArn: 'e', clusterName: 'prod', principalArn: role, kubernetesGroups: ['by-entry'] } as never,
  origin,
)
const rows = `- rolearn: ${role}\n  groups: [by-row]\n`
const everything: readonly Coverage[] = (
  ['aws/eks/AccessEntry', 'k8s/ClusterRole', 'k8s/ClusterRoleBinding', 'k8s/ConfigMap', 'k8s/Role', 'k8s/RoleBinding'] as const
).map(kind => ({ kind }))
const built = (resources: readonly Resource[], read = everything) => clusterRbac(new World({ resources, read, unread: [] }), 'prod')
const groups = (of: ReturnType<typeof clusterRbac>) => {
  const mapped = subjectOf(of.access, role, { sessionName: 'ann' })
  return mapped.answer === 'mapped' ? mapped.subject.groups : []
}

describe('the authorization of a cluster', () => {
  it('asks entries, rows or both, as the cluster does', () => {
    const both = [entry, awsAuth(rows)] as unknown as Resource[]
    expect(groups(built([cluster('API'), ...both] as unknown as Resource[]))).toContain('by-entry')
    expect(groups(built([cluster('CONFIG_MAP'), ...both] as unknown as Resource[]))).toContain('by-row')
    expect(groups(built([cluster('API_AND_CONFIG_MAP'), awsAuth(rows)] as unknown as Resource[]))).toContain('by-row')
  })
  it('is whole only when everything that may add a right was read', () => {
    const resources = [cluster('API')] as unknown as Resource[]
    expect(() => assertWhole(built(resources))).not.toThrow()
    for (const { kind } of everything) {
      if (kind === 'k8s/ConfigMap') continue
      const partly = built(
        resources,
        everything.filter(coverage => coverage.kind !== kind),
      )
      expect(() => assertWhole(partly), kind).toThrow(Unread)
    }
    expect(() => assertWhole(built([]))).toThrow(Unread)
  })
  it('takes a text that is no YAML for one that maps nobody', () => {
    expect(parsedAwsAuth(awsAuth('- rolearn: "'))).toEqual({ mapRoles: undefined, mapUsers: undefined, mapAccounts: undefined })
  })
})
