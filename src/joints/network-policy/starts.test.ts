import { describe, expect, it } from 'vitest'
import type { Kind } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { networkPolicyStarts } from './starts.ts'

const origin = { locate: () => ({ in: 'api', call: 'GET', path: '.', excerpt: '' }) as const }
const pods = { namespaceSelector: { matchLabels: { team: 'shop' } }, podSelector: { matchLabels: { app: 'web' } } }

function worldOf(
  ...objects: readonly {
    readonly kind: Kind
    readonly namespace?: string
    readonly name: string
    readonly spec?: object
    readonly labels?: object
  }[]
): World {
  const resources = objects.map(({ kind, namespace, name, spec, labels }) => {
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels: labels ?? {} }
    const id = namespace === undefined ? name : `${namespace}/${name}`
    return new Resource(kind, id, { cluster: 'prod' }, { metadata, spec } as never, origin)
  })
  return new World({ resources, read: [], unread: [] })
}

const namespace = { kind: 'k8s/Namespace', name: 'shop', labels: { team: 'shop' } } as const
const web = { kind: 'k8s/Pod', namespace: 'shop', name: 'web', labels: { app: 'web' }, spec: { containers: [] } } as const
const throughOf = (world: World) =>
  networkPolicyStarts(world).map(({ workload, through }) => [workload?.name, through?.map(({ kind, id }) => `${kind} ${id}`)])

describe('a chain of network policies', () => {
  it('begins at no workload that nothing selects', () => {
    const other = {
      kind: 'k8s/NetworkPolicy',
      namespace: 'shop',
      name: 'db',
      spec: { podSelector: { matchLabels: { app: 'db' } } },
    } as const
    const elsewhere = { kind: 'k8s/NetworkPolicy', namespace: 'guest', name: 'all', spec: { podSelector: {} } } as const
    expect(networkPolicyStarts(worldOf(namespace, web, other, elsewhere))).toEqual([])
  })
  it.each([
    ['k8s/NetworkPolicy', 'shop', { podSelector: {} }],
    ['k8s/ApplicationNetworkPolicy', 'shop', { podSelector: { matchLabels: { app: 'web' } } }],
    [
      'k8s/networking.k8s.aws/ClusterNetworkPolicy',
      undefined,
      { subject: { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } } },
    ],
    ['k8s/policy.networking.k8s.io/ClusterNetworkPolicy', undefined, { subject: { pods } }],
    ['k8s/AdminNetworkPolicy', undefined, { subject: { namespaces: {} } }],
    ['k8s/BaselineAdminNetworkPolicy', undefined, { subject: { pods } }],
  ] as const)('begins at a workload that a policy selects: %s', (kind, inside, spec) => {
    const policy = { kind, name: 'one', spec, ...(inside === undefined ? {} : { namespace: inside }) }
    const id = inside === undefined ? 'one' : 'shop/one'
    expect(throughOf(worldOf(namespace, web, policy))).toEqual([['pod/web', [`${kind} ${id}`]]])
  })
  it('runs through the DaemonSet of the VPC CNI and every policy that selects', () => {
    const agent = {
      kind: 'k8s/DaemonSet',
      namespace: 'kube-system',
      name: 'aws-node',
      spec: { template: { spec: { containers: [] } } },
    } as const
    const policies = ['a', 'b'].map(name => ({ kind: 'k8s/NetworkPolicy', namespace: 'shop', name, spec: { podSelector: {} } }) as const)
    const through = ['k8s/DaemonSet kube-system/aws-node', 'k8s/NetworkPolicy shop/a', 'k8s/NetworkPolicy shop/b']
    expect(throughOf(worldOf(namespace, web, agent, ...policies))).toEqual([['pod/web', through]])
  })
  it('takes a policy of the cluster without a subject for one that selects nobody', () => {
    const policy = { kind: 'k8s/networking.k8s.aws/ClusterNetworkPolicy', name: 'one', spec: {} } as const
    expect(networkPolicyStarts(worldOf(namespace, web, policy))).toEqual([])
  })
})
