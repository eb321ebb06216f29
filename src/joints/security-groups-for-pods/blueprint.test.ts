import { describe, expect, test } from 'vitest'
import { joints } from '#joints/all.ts'
import { withEngine } from '#joints/network-engine-override.ts'
import { runJoint } from '#joints/run.ts'
import type { World } from '#model/world.ts'
import { BlueprintWorld, cluster, kubernetes, planned, verdictsBetween, viewOf } from '../../../tests/network/blueprint-world.ts'

const pods = (ids: readonly string[]) => ids.map(pod => ({ pod }))
const tcp = (port: number) => ({ protocol: 'TCP', port }) as const
const probed = { containers: [{ name: 'main', ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 8080 } } }] }

function shop(configuration: ConstructorParameters<typeof BlueprintWorld>[0] = {}) {
  const made = new BlueprintWorld(configuration)
  const web = made.app({ namespace: 'shop', account: 'web', service: { app: 'web' } })
  made.app({ namespace: 'shop', account: 'api', ports: [8080, 9090], service: { app: 'api' } })
  made.app({ namespace: 'payments', account: 'reader', service: { app: 'reader' }, spec: probed })
  const other = made.app({ namespace: 'payments', account: 'other' })
  made.database('orders')
  made.resources.push(kubernetes('k8s/MutatingWebhookConfiguration', { metadata: { name: 'vpc-resource-mutating-webhook' }, webhooks: [] }))
  return { made, web: pods(web), other: pods(other), reader: [{ pod: 'payments/reader-planned-0' }], api: [{ pod: 'shop/api-planned-0' }] }
}

/** What the VPC CNI does between two branch interfaces of one node is not known in standard mode. */
const apart = (...ends: readonly (readonly object[])[]) =>
  ends.every(end => end.every(each => 'pod' in each)) ? ({ placement: 'other-node' } as const) : {}

const declared = `workloads:
  payments/reader:
    network:
      from: [shop/web:8080]
      to: [shop/api:8080, rds/orders:5432]
      securityGroup: own
  shop/api:
    network: { from: [], to: [], securityGroup: own }
`

const groupsOf = (world: World) => new Map(world.seen('aws/ec2/SecurityGroup').map(({ body }) => [body.GroupName ?? '', body]))

describe.each(['standard', 'strict'] as const)('in %s mode', mode => {
  const configuration = mode === 'strict' ? { env: { ENABLE_POD_ENI: 'true' } } : {}

  test('what is declared passes groups and policies, and nothing beside it, whichever engine enforces the policies', () => {
    const { made, web, api, reader, other } = shop(configuration)
    const { world } = planned(made.world(), declared)
    const own = viewOf(world)
    for (const view of [own, withEngine(own, { engine: 'upstream' })]) {
      const between = (from: Parameters<typeof verdictsBetween>[1], to: typeof from, port: number) =>
        verdictsBetween(view, from, to, { ...tcp(port), ...apart(from, to) })
      expect(between(web, reader, 8080)).toEqual(['allow'])
      expect(between(reader, api, 8080)).toEqual(['allow'])
      expect(between(reader, [{ address: '10.0.3.50' }], 5432)).toEqual(['allow'])
      for (const protocol of ['UDP', 'TCP'] as const)
        expect(verdictsBetween(view, reader, [{ service: 'kube-system/kube-dns' }], { protocol, port: 53 })).toEqual(['allow'])
      expect(between(other, reader, 8080)).toEqual(['deny'])
      expect(between(web, reader, 9090)).toEqual(['deny'])
      expect(between(reader, api, 9090)).toEqual(['deny'])
      expect(between(reader, other, 8080)).toEqual(['deny'])
      expect(between(reader, [{ address: '10.0.3.50' }], 3306)).toEqual(['deny'])
      expect(between(reader, other, 5432)).toEqual(['deny'])
      expect(between(other, [{ address: '10.0.3.50' }], 5432)).toEqual(['deny'])
    }
  })

  test('the groups alone let through no more than that between pods of two nodes', () => {
    const { made, web, api, reader, other } = shop(configuration)
    const view = withEngine(viewOf(planned(made.world(), declared).world), { engine: 'none' })
    const verdict = (from: { readonly pod: string } | undefined, to: { readonly pod: string } | undefined, port: number) =>
      view.network.answer({ from: from ?? { pod: '' }, to: to ?? { pod: '' }, ...tcp(port), placement: 'other-node' }).verdict
    expect([verdict(web[0], reader[0], 8080), verdict(reader[0], api[0], 8080)]).toEqual(['allow', 'allow'])
    expect([
      verdict(web[0], reader[0], 9090),
      verdict(reader[0], api[0], 9090),
      verdict(web[0], api[0], 8080),
      verdict(reader[0], other[0], 8080),
    ]).toEqual(['deny', 'deny', 'deny', 'deny'])
  })

  test('planned again there is nothing, and the joint has no failure of what was made', () => {
    const { made } = shop(configuration)
    const { world } = planned(made.world(), declared)
    expect(planned(world, declared).proposals.map(({ title }) => title)).toEqual([])
    const failed = joints
      .filter(({ id }) => id === 'security-groups-for-pods')
      .flatMap(joint => runJoint(joint, world).results)
      .flatMap(({ check, verdict }) => (verdict.is === 'fail' ? [`${check.id}: ${verdict.message}`] : []))
    // The webhook and capacity are EKS's, and no part of a plan.
    expect(failed.filter(text => !/webhook-|capacity-/.test(text))).toEqual([])
  })
})

test('the steps: permissions and the VPC CNI, then groups, their rules, and policies, then pods', () => {
  const { proposals } = planned(shop().made.world(), declared)
  const steps = proposals.filter(({ makes }) => makes.startsWith('security-groups-for-pods')).map(({ title }) => title)
  expect(steps).toEqual(
    [
      'attach AmazonEKSVPCResourceController to role cluster',
      'let the VPC CNI give pods interfaces of their own',
      'create security group prod-payments-reader',
      'create security group prod-shop-api',
      'let what is declared into group prod-payments-reader',
      'let what is declared out of group prod-payments-reader',
      'let what is declared out of group prod-payments-reader alone',
      'let payments/reader into group orders',
      'let payments/reader into group cluster',
      'let what is declared into group prod-shop-api',
      'let what is declared out of group prod-shop-api',
      'let what is declared out of group prod-shop-api alone',
      'let shop/api into group cluster',
      'give the pods of payments/reader their security group',
      'replace the pods of reader in payments',
      'give the pods of shop/api their security group',
      'replace the pods of api in shop',
    ].map(title => title.replace('pods of reader', 'pods of deploy/reader').replace('pods of api', 'pods of deploy/api')),
  )
})

test('the settings of the VPC CNI go into its add-on, never into its DaemonSet', () => {
  const kinds = (configuration: Parameters<typeof shop>[0]) => {
    const { proposals } = planned(shop(configuration).made.world(), declared)
    return proposals.flatMap(({ change: { target, edit } }) =>
      target.kind === 'aws/eks/Addon' && edit.do === 'set'
        ? [JSON.parse(String(edit.after)) as unknown]
        : target.kind === 'k8s/DaemonSet'
          ? ['edited']
          : [],
    )
  }
  const standard = { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' }
  expect(kinds({})).toEqual([{ env: standard }, { env: standard, enableNetworkPolicy: 'true' }])
  // What is set stays; the mode of pods that run is not changed, and probes need a way in.
  const strict = { env: { ENABLE_POD_ENI: 'true', WARM_IP_TARGET: '2' }, enableNetworkPolicy: 'true' }
  expect(kinds(strict)).toEqual([{ ...strict, init: { env: { DISABLE_TCP_EARLY_DEMUX: 'true' } } }])
})

test('rules of its own group that are not declared any more go; of other groups nothing does', () => {
  const { made } = shop()
  const { world } = planned(made.world(), declared)
  const less = planned(world, declared.replace('shop/web:8080', 'shop/web:9090'))
  const rules = groupsOf(less.world).get('prod-payments-reader')?.IpPermissions ?? []
  expect(rules.map(({ FromPort, UserIdGroupPairs }) => `${FromPort ?? ''} ${UserIdGroupPairs?.[0]?.Description ?? ''}`).sort()).toEqual([
    '8080 probes of the kubelet',
    '9090 shop/web',
  ])
  const before = groupsOf(world).get('orders')?.IpPermissions
  expect(groupsOf(planned(world, declared.replace(', rds/orders:5432', '')).world).get('orders')?.IpPermissions).toEqual(before)
})

test('a group that exists gets what it lacks, and nothing of it is taken', () => {
  const { made } = shop()
  const text = 'workloads:\n  payments/reader: { network: { from: [shop/web:8080], to: [], securityGroup: sg-0db1 } }\n'
  const { world } = planned(made.world(), text)
  expect(
    groupsOf(world)
      .get('orders')
      ?.IpPermissionsEgress?.map(({ FromPort }) => FromPort),
  ).toEqual([53, 53])
  expect(planned(world, text).proposals).toEqual([])
})

describe('a group of its own that cannot be', () => {
  const own = (network: string) => `workloads:\n  payments/reader: { network: { ${network} } }\n`
  test.each([
    ['one direction alone', own('from: [], securityGroup: own'), 'the group of payments/reader would close what is not declared'],
    ['a group that is not there', own('from: [], to: [], securityGroup: sg-0db2'), 'there is no security group sg-0db2'],
  ])('%s', (_what, text, message) => {
    expect(() => planned(shop().made.world(), text)).toThrow(message)
  })

  test('the agent of EKS Pod Identity in strict mode', () => {
    const { made } = shop({ env: { ENABLE_POD_ENI: 'true' } })
    made.association('payments', 'reader')
    expect(() => planned(made.world(), declared)).toThrow('do not reach the agent of EKS Pod Identity')
  })

  test('nodes without interfaces to give', () => {
    const { made } = shop()
    const world = made
      .world()
      .seen('k8s/Node')
      .reduce(
        (all, node) =>
          all.replace(
            node.with({
              ...node.body,
              metadata: { ...node.body.metadata, labels: { 'node.kubernetes.io/instance-type': 't3.medium' } },
              status: { ...node.body.status, allocatable: {} },
            }) as never,
          ),
        made.world(),
      )
    expect(() => planned(world, declared)).toThrow('no node that deploy/reader may run on (t3.medium)')
  })

  test('a policy of somebody else for the same pods', () => {
    const { made } = shop()
    const spec = { podSelector: { matchLabels: { app: 'reader' } }, securityGroups: { groupIds: ['sg-0db1'] } }
    made.resources.push(kubernetes('k8s/SecurityGroupPolicy', { metadata: { name: 'theirs', namespace: 'payments' }, spec }))
    expect(() => planned(made.world(), declared)).toThrow('SecurityGroupPolicy payments/theirs gives the same pods groups')
    expect(cluster).toBe('prod')
  })
})
