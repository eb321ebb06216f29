import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Kind } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { compilePolicies } from '#network/compile-policies.ts'
import type { PolicyInput } from '#network/input.ts'
import { shadowedRulesOf } from './shadowed-policy-rules.ts'

const origin = { locate: () => ({ in: 'api', call: 'GET', path: '.', excerpt: '' }) as const }
const labels = fc.constantFrom({}, { app: 'a' }, { app: 'b' }, { app: 'a', tier: 'x' })
const selector = fc.oneof(
  labels.map(matchLabels => ({ matchLabels })),
  fc.constantFrom(
    { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
    { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
  ),
)
const block = fc
  .record({ host: fc.integer({ min: 0, max: 7 }), prefix: fc.integer({ min: 29, max: 32 }), hasExcept: fc.boolean() })
  .map(({ host, prefix, hasExcept }) => ({
    ipBlock: { cidr: `10.0.9.${host}/${prefix}`, ...(hasExcept && prefix === 29 ? { except: ['10.0.9.4/31'] } : {}) },
  }))
const peer = fc.oneof(
  selector.map(podSelector => ({ podSelector })),
  fc.record({ podSelector: selector, namespaceSelector: fc.constantFrom({}, { matchLabels: { team: 'one' } }) }),
  block,
)
const port = fc
  .record({ port: fc.integer({ min: 80, max: 83 }), more: fc.integer({ min: 0, max: 2 }), protocol: fc.constantFrom('TCP', 'UDP') })
  .map(({ port: first, more, protocol }) => ({ port: first, protocol, ...(more > 0 ? { endPort: first + more } : {}) }))
const rule = fc.record({
  peers: fc.option(fc.array(peer, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 6 }),
  ports: fc.option(fc.array(port, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 }),
})
const policy = fc.record({
  podSelector: selector,
  ingress: fc.array(rule, { maxLength: 3 }),
  egress: fc.array(rule, { maxLength: 3 }),
  types: fc.constantFrom(undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']),
})

const pod = (namespace: string, name: string, own: object, podIP: string) => ({
  metadata: { namespace, name, labels: own },
  spec: { containers: [] },
  status: { phase: 'Running', podIP },
})
const pods = [
  pod('one', 'plain', {}, '10.0.1.1'),
  pod('one', 'a', { app: 'a' }, '10.0.1.2'),
  pod('one', 'b', { app: 'b' }, '10.0.1.3'),
  pod('one', 'ax', { app: 'a', tier: 'x' }, '10.0.9.3'),
  pod('two', 'a', { app: 'a' }, '10.0.2.2'),
]
const namespaces = [{ metadata: { name: 'one', labels: { team: 'one' } } }, { metadata: { name: 'two', labels: { team: 'two' } } }]

function inputOf(networkPolicies: readonly object[]): PolicyInput {
  const none = { all: [] }
  return {
    engine: { value: 'upstream' },
    mode: { value: 'standard' },
    namespaces: { all: namespaces },
    pods: { all: pods },
    nodes: none,
    networkPolicies: { all: networkPolicies },
    applicationNetworkPolicies: none,
    awsClusterNetworkPolicies: none,
    clusterNetworkPolicies: none,
    adminNetworkPolicies: none,
    baselineAdminNetworkPolicies: none,
    services: none,
    endpointSlices: none,
  } as unknown as PolicyInput
}

const peers = [
  ...pods.map(({ metadata: { namespace, name } }) => ({ pod: `${namespace}/${name}` })),
  ...[...Array(9).keys()].map(host => ({ address: `10.0.9.${host}` })),
]

function verdictsOf(networkPolicies: readonly object[]): string[] {
  const layer = compilePolicies(inputOf(networkPolicies))
  return (['ingress', 'egress'] as const).flatMap(direction =>
    pods.flatMap(({ metadata: { namespace, name } }) =>
      peers.flatMap(other =>
        (['TCP', 'UDP'] as const).flatMap(protocol =>
          [79, 80, 81, 82, 83, 84, 85].map(
            at =>
              `${direction} ${namespace}/${name} ${JSON.stringify(other)} ${protocol}/${at} ${layer.verdict(direction, `${namespace}/${name}`, other, protocol, at)}`,
          ),
        ),
      ),
    ),
  )
}

it('admits the same when the needless rules of all policies are gone at once', () => {
  let found = 0
  const property = fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), list => {
    const bodies = list.map(({ podSelector, types, ingress, egress }, index) => ({
      metadata: { namespace: 'one', name: `policy-${index}` },
      spec: {
        podSelector,
        ...(types === undefined ? {} : { policyTypes: types }),
        ingress: ingress.map(({ peers: from, ports }) => ({ ...(from && { from }), ...(ports && { ports }) })),
        egress: egress.map(({ peers: to, ports }) => ({ ...(to && { to }), ...(ports && { ports }) })),
      },
    }))
    const resources = bodies.map(
      body => new Resource('k8s/NetworkPolicy' as Kind, `one/${body.metadata.name}`, { cluster: 'prod' }, body as never, origin),
    )
    const world = new World({ resources, read: [], unread: [] })
    const left = world.seen('k8s/NetworkPolicy').map((each, index) => {
      const gone = new Set(shadowedRulesOf(world, each).map(({ direction, index: at }) => `${direction} ${at}`))
      found += gone.size
      const { metadata, spec } = bodies[index]!
      const keep = <T>(direction: string, rules: readonly T[]) => rules.filter((_, at) => !gone.has(`${direction} ${at}`))
      return { metadata, spec: { ...spec, ingress: keep('ingress', spec.ingress), egress: keep('egress', spec.egress) } }
    })
    expect(verdictsOf(left)).toEqual(verdictsOf(bodies))
  })
  fc.assert(property, { numRuns: 150 })
  expect(found).toBeGreaterThan(20)
})
