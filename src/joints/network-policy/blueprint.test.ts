import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joints } from '#joints/all.ts'
import { withEngine } from '#joints/network-engine-override.ts'
import type { ClusterNetwork } from '#joints/network.ts'
import { runJoint } from '#joints/run.ts'
import type { World } from '#model/world.ts'
import { BlueprintWorld, kubernetes, planned, verdictsBetween, viewOf } from '../../../tests/network/blueprint-world.ts'

const pods = (ids: readonly string[]) => ids.map(pod => ({ pod }))
const tcp = (port: number) => ({ protocol: 'TCP', port }) as const

function shop() {
  const made = new BlueprintWorld()
  const web = made.app({ namespace: 'shop', account: 'web', service: { app: 'web' } })
  const api = made.app({
    namespace: 'shop',
    account: 'api',
    labels: { app: 'api', tier: 'back' },
    ports: [8080, 9090],
    service: { app: 'api' },
  })
  const reader = made.app({ namespace: 'payments', account: 'reader', service: { app: 'reader' } })
  const other = made.app({ namespace: 'payments', account: 'other' })
  made.database('orders', ['sg-0c'])
  return { made, web: pods(web), api: pods(api), reader: pods(reader), other: pods(other) }
}

/** Both engines that enforce policies say the same. */
const engines = (world: World): readonly ClusterNetwork[] => [viewOf(world), withEngine(viewOf(world), { engine: 'upstream' })]

const failures = (world: World, ...ids: readonly string[]) =>
  joints
    .filter(({ id }) => ids.includes(id))
    .flatMap(joint => runJoint(joint, world).results)
    .flatMap(({ check, verdict }) => (verdict.is === 'fail' ? [`${check.id}: ${verdict.message}`] : []))

const declared = `workloads:
  payments/reader:
    network:
      from: [shop/web:8080]
      to: [shop/api:8080, rds/orders:5432, internet:443]
`

describe('the plan for what a workload declares', () => {
  test('turns the engine on by its add-on, and makes one policy; planned again there is nothing', () => {
    const { proposals, world } = planned(shop().made.world(), declared)
    expect(proposals.map(({ change, title }) => `${change.target.kind} ${change.edit.do}: ${title}`)).toEqual([
      'aws/eks/Addon set: turn on network policies in the add-on vpc-cni',
      'k8s/NetworkPolicy create: let only what is declared into and out of the pods of payments/reader',
    ])
    expect(planned(world, declared).proposals).toEqual([])
  })

  test('opens what is declared and nothing beside it, whichever engine enforces it', () => {
    const { made, web, api, reader, other } = shop()
    const { world } = planned(made.world(), declared)
    for (const view of engines(world)) {
      const between = (from: Parameters<typeof verdictsBetween>[1], to: typeof from, port: number) =>
        verdictsBetween(view, from, to, tcp(port))
      expect(between(web, reader, 8080)).toEqual(['allow'])
      expect(between(web, [{ service: 'payments/reader' }], 8080)).toEqual(['allow'])
      expect(between(reader, api, 8080)).toEqual(['allow'])
      expect(between(reader, [{ service: 'shop/api' }], 8080)).toEqual(['allow'])
      expect(between(reader, [{ address: '10.0.3.50' }], 5432)).toEqual(['allow'])
      expect(between(reader, [{ internet: true }], 443)).toEqual(['allow'])
      for (const protocol of ['UDP', 'TCP'] as const)
        expect(verdictsBetween(view, reader, [{ service: 'kube-system/kube-dns' }], { protocol, port: 53 })).toEqual(['allow'])
      // Another port, another workload, another namespace, another address.
      expect(between(web, reader, 9090)).toEqual(['deny'])
      expect(between(other, reader, 8080)).toEqual(['deny'])
      expect(between(reader, api, 9090)).toEqual(['deny'])
      expect(between(reader, [{ service: 'shop/api' }], 9090)).toEqual(['deny'])
      expect(between(reader, other, 8080)).toEqual(['deny'])
      expect(between(reader, [{ address: '10.0.2.99' }], 5432)).toEqual(['deny'])
      expect(between(reader, [{ address: '10.0.3.50' }], 3306)).toEqual(['deny'])
      expect(between(reader, [{ address: '169.254.169.254' }], 80)).toEqual(['deny'])
      expect(between([{ internet: true }], reader, 8080)).toEqual(['deny'])
      // Others are as they were.
      expect(between(web, api, 9090)).toEqual(['allow'])
      expect(between(other, api, 9090)).toEqual(['allow'])
    }
  })

  test('leaves the joint without a failure of its policy', () => {
    const { made } = shop()
    const { world } = planned(made.world(), declared)
    const found = failures(world, 'network-policy')
    expect(found.filter(text => text.includes('reader'))).toEqual([])
    // What it says of others it said before, but that nobody enforced policies.
    expect(
      found
        .map(text => text.split(':')[0])
        .filter(
          id =>
            ![
              'network-policy/namespace-unprotected',
              'network-policy/flow-evidence-off',
              'network-policy/open-until-reconciled',
              'network-policy/own-node-always-open',
            ].includes(id ?? ''),
        ),
    ).toEqual([])
  })

  test('what one workload of the blueprint declares with another counts for both', () => {
    const { made, web, reader, other } = shop()
    const text = `workloads:
  payments/reader: { network: { from: [shop/web:8080] } }
  shop/web: { network: { to: [] } }
`
    const { world, proposals } = planned(made.world(), text)
    expect(proposals.find(({ change }) => change.target.id === 'shop/mortise-web')?.because).toBe('payments/reader lets it in')
    for (const view of engines(world)) {
      expect(verdictsBetween(view, web, reader, tcp(8080))).toEqual(['allow'])
      expect(verdictsBetween(view, web, other, tcp(8080))).toEqual(['deny'])
    }
  })
})

const closed = (namespace: string, type: 'Ingress' | 'Egress') =>
  kubernetes('k8s/NetworkPolicy', { metadata: { name: 'closed', namespace }, spec: { podSelector: {}, policyTypes: [type] } })

describe('policies of somebody else', () => {
  test('that close the other end are told; once that end is declared, it is opened', () => {
    const { made, web, reader } = shop()
    made.resources.push(closed('shop', 'Egress'))
    const text = 'workloads:\n  payments/reader: { network: { from: [shop/web:8080] } }\n'
    expect(() => planned(made.world(), text)).toThrow('NetworkPolicy shop/closed closes shop/web to payments/reader at TCP port 8080')
    const { world } = planned(made.world(), `${text}  shop/web: {}\n`)
    for (const view of engines(world)) {
      expect(verdictsBetween(view, web, reader, tcp(8080))).toEqual(['allow'])
      expect(verdictsBetween(view, web, reader, tcp(9090))).toEqual(['deny'])
    }
  })

  test('of the name that Mortise would take are left alone', () => {
    const { made } = shop()
    made.resources.push(
      kubernetes('k8s/NetworkPolicy', { metadata: { name: 'mortise-reader', namespace: 'payments' }, spec: { podSelector: {} } }),
    )
    expect(() => planned(made.world(), declared)).toThrow(expect.objectContaining({ code: 'NOT_OURS' }) as Error)
  })
})

describe('a blueprint that cannot hold', () => {
  test.each([
    ['an account without workloads', 'payments/nobody: { network: { from: [] } }', 'no workload runs as payments/nobody'],
    ['a peer without workloads', 'payments/reader: { network: { from: [shop/nobody:80] } }', 'no workload runs as shop/nobody'],
    ['a database that is not there', 'payments/reader: { network: { to: [rds/order:5432] } }', 'there is no database order'],
    ['a database that connects', 'payments/reader: { network: { from: [rds/orders:5432] } }', 'a database connects to no pod'],
    [
      'a service without an endpoint',
      'payments/reader: { network: { to: [aws/secretsmanager:443] } }',
      'the addresses of aws/secretsmanager are not to be known',
    ],
    ['addresses that pods do not have', "payments/reader: { network: { to: ['[fd00::/64]:443'] } }", 'fd00::/64 is IPv6'],
    [
      'too many ports',
      `payments/reader: { network: { to: [${Array.from({ length: 25 }, (_, port) => `10.9.0.0/16:${port + 1}`).join(', ')}] } }`,
      'more than 24 ports of egress',
    ],
    [
      'labels that others have',
      'payments/reader: { pods: { team: a }, network: { from: [] } }',
      'deploy/reader of payments/reader has not the labels',
    ],
  ])('%s', (_what, text, message) => {
    expect(() => planned(shop().made.world(), `workloads:\n  ${text}\n`)).toThrow(message)
  })

  test('two accounts whose pods have the same labels', () => {
    const { made } = shop()
    made.app({ namespace: 'payments', account: 'twin', labels: { app: 'reader' } })
    expect(() => planned(made.world(), declared)).toThrow('deploy/twin has the labels app=reader as well')
  })
})

test('a Service that selects by fewer labels than tell its pods apart is opened by its address', () => {
  const { made, reader, api } = shop()
  const worker = made.app({ namespace: 'shop', account: 'worker', labels: { app: 'api', tier: 'batch' }, ports: [8080] })
  const { world } = planned(made.world(), 'workloads:\n  payments/reader: { network: { to: [shop/api:8080] } }\n')
  for (const view of engines(world)) {
    expect(verdictsBetween(view, reader, api, tcp(8080))).toEqual(['allow'])
    expect(verdictsBetween(view, reader, pods(worker), tcp(8080))).toEqual(['deny'])
  }
  expect(verdictsBetween(viewOf(world), reader, [{ service: 'shop/api' }], tcp(8080))).toEqual(['allow'])
})

describe('credentials', () => {
  test('of EKS Pod Identity come from the agent of the node, which stays open', () => {
    const { made, reader } = shop()
    made.association('payments', 'reader')
    const { world } = planned(made.world(), 'workloads:\n  payments/reader: { network: { to: [] } }\n')
    for (const view of engines(world)) expect(verdictsBetween(view, reader, [{ address: '169.254.170.23' }], tcp(80))).toEqual(['allow'])
  })

  test('of IRSA come from STS: by its endpoint, or else the blueprint must say how', () => {
    const { made, reader } = shop()
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/r' }
    made.resources.push(kubernetes('k8s/ServiceAccount', { metadata: { name: 'reader', namespace: 'payments', annotations } }))
    const text = 'workloads:\n  payments/reader: { network: { to: [] } }\n'
    expect(() => planned(made.world(), text)).toThrow('gets its credentials from STS')
    made.endpoint('sts', ['sg-0c'])
    const { world, proposals } = planned(made.world(), text)
    expect(proposals.at(-1)?.because).toBe('its credentials come from STS')
    for (const view of engines(world)) expect(verdictsBetween(view, reader, [{ address: '10.0.3.60' }], tcp(443))).toEqual(['allow'])
  })
})

const names = ['a/one', 'a/two', 'b/three', 'b/four'] as const
const ports = [8080, 9090] as const
const flow = fc.record({ peer: fc.constantFrom(...names), port: fc.constantFrom(...ports) })
const flows = fc.option(fc.array(flow, { maxLength: 3 }), { nil: undefined })
const network = fc.record({ from: flows, to: flows })

test('of random blueprints, each pair of workloads talks exactly where both ends say so, in both engines', () => {
  fc.assert(
    fc.property(
      fc.array(network, { minLength: names.length, maxLength: names.length }),
      fc.constantFrom(true, false),
      (networks, hasServices) => {
        const made = new BlueprintWorld()
        const ends = names.map(name => {
          const [namespace = '', account = ''] = name.split('/')
          const labels = { app: account, team: namespace }
          return pods(made.app({ namespace, account, labels, ports, ...(hasServices ? { service: { app: account } } : {}) }))
        })
        const listed = (key: string, all: (typeof networks)[number]['from']) =>
          all === undefined ? '' : `      ${key}: [${all.map(({ peer, port }) => `${peer}:${port}`).join(', ')}]\n`
        const isDeclared = ({ from, to }: (typeof networks)[number]) => from !== undefined || to !== undefined
        const text = networks
          .map(
            (each, index) =>
              `  ${names[index]}:${isDeclared(each) ? `\n    network:\n${listed('from', each.from)}${listed('to', each.to)}` : ' {}\n'}`,
          )
          .join('')
        const { world } = planned(made.world(), `workloads:\n${text}`)
        expect(planned(world, `workloads:\n${text}`).proposals).toEqual([])
        const views = engines(world)
        for (const [from, source] of networks.entries()) {
          for (const [to, destination] of networks.entries()) {
            if (from === to) continue
            for (const port of ports) {
              const says = (all: typeof source.to, peer: string | undefined) =>
                all?.some(each => each.peer === peer && each.port === port) === true
              const meant = says(source.to, names[to]) || says(destination.from, names[from])
              const expected = meant || (source.to === undefined && destination.from === undefined) ? 'allow' : 'deny'
              for (const view of views)
                expect(
                  verdictsBetween(view, ends[from] ?? [], ends[to] ?? [], tcp(port)),
                  `${names[from]} to ${names[to]}:${port}\n${text}`,
                ).toEqual([expected])
            }
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})
