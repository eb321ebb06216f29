import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicies } from './compile-policies.ts'
import { deviations } from './deviations.ts'
import type { Peer, PolicyLayer } from './policy-layer.ts'
import { testInput } from '../../tests/network/policy-input.ts'
import { has } from './bitset.ts'
import type { Protocol } from './question.ts'

const engines = ['upstream', 'aws-vpc-cni'] as const
const pods = {
  'shop/web': { labels: { app: 'web' }, ports: { http: 80 } },
  'shop/api': { labels: { app: 'api' }, ports: { http: 8080 }, node: 'node-2' },
  'ops/probe': { labels: { app: 'probe' }, node: 'node-2' },
}
const namespaces = { shop: { team: 'shop' }, ops: { team: 'ops' } }
const tcp = (port: number | string, endPort?: number) => ({ protocol: 'TCP', port, ...(endPort !== undefined && { endPort }) })
const at = (layer: PolicyLayer, from: string, to: string, port = 80, protocol: Protocol = 'TCP') =>
  layer.path({ from: { pod: from }, to: { pod: to }, protocol, port }).verdict
const toAddress = (layer: PolicyLayer, from: string, address: string, port = 443) => layer.verdict('egress', from, { address }, 'TCP', port)

describe.each(engines)('%s', engine => {
  const compile = (policies: Record<string, object>, more: object = {}) =>
    compilePolicies(testInput({ pods, namespaces, policies, engine, ...more }))

  // https://kubernetes.io/docs/concepts/services-networking/network-policies/: "By default, a pod is non-isolated".
  test('a pod that no policy selects is open', () => expect(at(compile({}), 'ops/probe', 'shop/web')).toBe('allow'))

  test('ingress: [] closes, ingress: [{}] opens, and policies unite', () => {
    const closed = { podSelector: {}, policyTypes: ['Ingress'] }
    expect(at(compile({ 'shop/deny': closed }), 'ops/probe', 'shop/web')).toBe('deny')
    expect(at(compile({ 'shop/deny': closed, 'shop/allow': { podSelector: {}, ingress: [{}] } }), 'ops/probe', 'shop/web')).toBe('allow')
    expect(at(compile({ 'shop/deny': closed }), 'shop/web', 'ops/probe')).toBe('allow')
  })

  test('without policyTypes egress rules close egress, and ingress is closed too', () => {
    const layer = compile({ 'shop/out': { podSelector: {}, egress: [{ to: [{ podSelector: {} }] }] } })
    expect(at(layer, 'shop/web', 'ops/probe')).toBe('deny')
    expect(at(layer, 'ops/probe', 'shop/web')).toBe('deny')
  })

  test('two selectors in one peer are both asked, two peers either', () => {
    const peer = (from: object[]) => compile({ 'shop/in': { podSelector: {}, ingress: [{ from }] } })
    const both = { namespaceSelector: { matchLabels: { team: 'ops' } }, podSelector: { matchLabels: { app: 'web' } } }
    expect(at(peer([both]), 'ops/probe', 'shop/web')).toBe('deny')
    expect(at(peer([{ namespaceSelector: both.namespaceSelector }, { podSelector: both.podSelector }]), 'ops/probe', 'shop/web')).toBe(
      'allow',
    )
  })

  test('endPort is the last port of a range', () => {
    const layer = compile({ 'shop/in': { podSelector: {}, ingress: [{ ports: [tcp(80, 90)] }] } })
    expect([79, 80, 90, 91].map(port => at(layer, 'ops/probe', 'shop/web', port))).toEqual(['deny', 'allow', 'allow', 'deny'])
  })

  // The API does not define it for other protocols; a rule without ports is the only one that can speak of them.
  test('ICMP passes only where a rule has no ports', () => {
    const ports = compile({ 'shop/in': { podSelector: {}, ingress: [{ ports: [tcp(80), { protocol: 'UDP' }, { protocol: 'SCTP' }] }] } })
    const all = compile({ 'shop/in': { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] } })
    const ping = (layer: PolicyLayer) => layer.verdict('ingress', 'shop/web', { pod: 'ops/probe' }, 'ICMP')
    expect([ping(ports), ping(all)]).toEqual(['deny', 'allow'])
    expect(at(ports, 'ops/probe', 'shop/web', 7, 'SCTP')).toBe('allow')
    expect(ports.verdict('ingress', 'shop/web', { pod: 'ops/probe' }, '50')).toBe('deny')
  })

  test('except is taken out of its block', () => {
    const layer = compile({
      'shop/out': {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }] }],
      },
    })
    expect(['192.0.2.1', '192.0.2.200', '198.51.100.1'].map(address => toAddress(layer, 'shop/web', address))).toEqual([
      'allow',
      'deny',
      'deny',
    ])
    expect(layer.verdict('egress', 'shop/web', { outside: ['192.0.2.0/24'] }, 'TCP', 443)).toBe('deny')
    expect(layer.verdict('egress', 'shop/web', { outside: ['10.0.0.0/8'] }, 'TCP', 443)).toBe('unknown')
  })

  test('named ports of egress are the destination’s', () => {
    const layer = compile({
      'shop/out': { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {} }], ports: [tcp('http')] }] },
    })
    expect([at(layer, 'shop/web', 'shop/api', 8080), at(layer, 'shop/web', 'shop/api', 80), at(layer, 'shop/api', 'shop/web', 80)]).toEqual(
      ['allow', 'deny', 'allow'],
    )
  })

  // https://kubernetes.io/docs/concepts/services-networking/network-policies/: traffic of the node where the pod runs is always allowed.
  test('the node of a pod and the pod itself are let through, another node is not', () => {
    const layer = compile({ 'shop/deny': { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } })
    const from = (peer: Peer) => layer.verdict('ingress', 'shop/web', peer, 'TCP', 80)
    expect([from({ node: 'node-1' }), from({ address: '10.9.0.1' }), from({ node: 'node-2' }), from({ pod: 'shop/web' })]).toEqual([
      'allow',
      'allow',
      'deny',
      'allow',
    ])
  })

  test('pods of the host network are nobody’s subject', () => {
    const layer = compile(
      { 'shop/deny': { podSelector: {}, policyTypes: ['Ingress'] } },
      { pods: { ...pods, 'shop/agent': { ip: '10.9.0.2', node: 'node-2', more: { spec: { hostNetwork: true } } } } },
    )
    expect(layer.verdict('ingress', 'shop/agent', { pod: 'ops/probe' }, 'TCP', 80)).toBe('allow')
    expect(layer.classOf('shop/agent')?.unenforced).toBe('host-network')
  })

  test('pods that have ended are not there, pods without an address are', () => {
    const more = { 'shop/done': { more: { status: { phase: 'Succeeded' } } }, 'shop/soon': { labels: { app: 'web' }, ip: '' } }
    const policies = {
      'shop/in': {
        podSelector: {},
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }, { ipBlock: { cidr: '192.0.2.0/24' } }] }],
      },
    }
    const layer = compile(policies, { pods: { ...pods, ...more } })
    expect(layer.answer('ingress', 'shop/done', { pod: 'shop/web' }, 'TCP', 80)).toMatchObject({
      verdict: 'unknown',
      reason: 'pod shop/done has ended',
    })
    expect(at(layer, 'shop/soon', 'shop/api')).toBe('allow')
    const blocks = compile(
      { 'shop/in': { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] } },
      { pods: { ...pods, ...more } },
    )
    expect(at(blocks, 'shop/soon', 'shop/api')).toBe('unknown')
  })

  test('what cannot be enforced is a problem, and the rest is compiled', () => {
    const policies = {
      'shop/bad': {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [] }] },
        ingress: [
          {
            from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['192.0.2.0/24', 'x'] } }, { ipBlock: { cidr: '10.0.0' } }, {}],
            ports: [tcp(90, 80), { protocol: 'ICMP' }, tcp(0), tcp(80)],
          },
        ],
      },
      'shop/in': { podSelector: {}, ingress: [{ ports: [tcp(90, 80)] }] },
    }
    const layer = compile(policies)
    expect(layer.problems.map(({ code, id, path }) => `${id} ${code} ${path.join('.')}`)).toMatchSnapshot()
    expect(at(layer, 'ops/probe', 'shop/web', 85)).toBe('deny')
  })

  test('what was not read makes everything unknown that a policy may decide', () => {
    const input = testInput({ pods, namespaces, engine })
    const fact = { kind: 'k8s/NetworkPolicy', reason: 'access denied' }
    const layer = compilePolicies({ ...input, networkPolicies: { all: [], missing: fact } })
    expect(layer.answer('ingress', 'shop/web', { pod: 'ops/probe' }, 'TCP', 80)).toMatchObject({ verdict: 'unknown', fact })
    const unread = { kind: 'k8s/DaemonSet', reason: 'access denied' }
    const without = compilePolicies({
      ...testInput({ pods, namespaces, policies: { 'shop/deny': { podSelector: {} } } }),
      engine: { unread },
    })
    expect(without.answer('ingress', 'shop/web', { pod: 'ops/probe' }, 'TCP', 80)).toMatchObject({ verdict: 'unknown', fact: unread })
    expect(without.verdict('ingress', 'ops/probe', { pod: 'shop/web' }, 'TCP', 80)).toBe('allow')
  })

  test('an answer names every rule that admits, or the policies that close', () => {
    const policies = {
      'shop/a': { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] },
      'shop/b': { podSelector: {}, ingress: [{ ports: [tcp(81)] }, { ports: [tcp(80)] }] },
    }
    const layer = compile(policies)
    const answer = layer.answer('ingress', 'shop/web', { address: '192.0.2.1' }, 'TCP', 80)
    expect(answer).toMatchObject({
      layer: 'networkPolicy',
      end: 'destination',
      verdict: 'allow',
      by: [{ kind: 'k8s/NetworkPolicy', id: 'shop/b', path: ['spec', 'ingress', 1] }],
    })
    const denied = layer.answer('ingress', 'shop/web', { address: '192.0.2.1' }, 'TCP', 82)
    expect(denied).toMatchObject({ verdict: 'deny', by: [], asked: [{ id: 'shop/a' }, { id: 'shop/b' }] })
  })
})

test('no engine: policies are inert', () => {
  const layer = compilePolicies(testInput({ pods, policies: { 'shop/deny': { podSelector: {} } }, engine: 'none' }))
  expect(at(layer, 'ops/probe', 'shop/web')).toBe('allow')
  expect(layer.classOf('shop/web')?.unenforced).toBe('no-engine')
})

// sigs.k8s.io/network-policy-api: the first rule of a policy that matches decides; admin before NetworkPolicy before baseline.
describe('policies of the cluster', () => {
  const rule = (action: string, team: string, port?: number) => ({
    action,
    from: [{ namespaces: { matchLabels: { team } } }],
    ...(port !== undefined && { ports: [{ portNumber: { protocol: 'TCP', port } }] }),
  })
  const policy = (tier: string, priority: number, ingress: object[], name = `${tier}-${priority}`) => ({
    metadata: { name },
    spec: { tier, priority, subject: { namespaces: {} }, ingress },
  })
  const aws = (...list: object[]) =>
    compilePolicies(testInput({ pods, namespaces, engine: 'aws-vpc-cni', lists: { awsClusterNetworkPolicies: list } }))

  test('AWS: rules of one priority tie, and Deny wins whatever the order', () => {
    const list = [policy('Admin', 1, [rule('Accept', 'ops', 80), rule('Deny', 'ops')])]
    const answer = aws(...list).path({ from: { pod: 'ops/probe' }, to: { pod: 'shop/web' }, protocol: 'TCP', port: 80 })
    expect(answer).toMatchObject({ verdict: 'deny', upstream: { verdict: 'allow' } })
    const found = deviations(testInput({ pods, namespaces, engine: 'aws-vpc-cni', lists: { awsClusterNetworkPolicies: list } }))
    expect(found).toMatchObject([
      { id: 'rule-order-ignored', error: 'closes', at: { path: ['spec', 'ingress', 0] }, with: [{ path: ['spec', 'ingress', 1] }] },
    ])
  })

  test('a lower priority goes first, and Pass leaves the tier', () => {
    expect(at(aws(policy('Admin', 1, [rule('Accept', 'ops')]), policy('Admin', 2, [rule('Deny', 'ops')])), 'ops/probe', 'shop/web')).toBe(
      'allow',
    )
    expect(at(aws(policy('Admin', 1, [rule('Pass', 'ops')]), policy('Admin', 2, [rule('Deny', 'ops')])), 'ops/probe', 'shop/web')).toBe(
      'allow',
    )
    expect(at(aws(policy('Admin', 1, [rule('Pass', 'ops')]), policy('Baseline', 2, [rule('Deny', 'ops')])), 'ops/probe', 'shop/web')).toBe(
      'deny',
    )
  })

  test('AWS: a named port stops the controller, and nothing that a policy decides is known', () => {
    const named = { ...rule('Deny', 'ops'), ports: [{ namedPort: 'http' }] }
    const input = testInput({
      pods,
      namespaces,
      engine: 'aws-vpc-cni',
      policies: { 'shop/deny': { podSelector: {} } },
      lists: { awsClusterNetworkPolicies: [policy('Admin', 1, [named])] },
    })
    expect(at(compilePolicies(input), 'ops/probe', 'shop/web')).toBe('unknown')
    expect(deviations(input).map(each => each.id)).toContain('named-port-crashes-controller')
  })

  test('AWS: upstream’s policies are inert', () => {
    const input = testInput({
      pods,
      namespaces,
      engine: 'aws-vpc-cni',
      lists: { clusterNetworkPolicies: [policy('Admin', 1, [rule('Deny', 'ops')])] },
    })
    expect(at(compilePolicies(input), 'ops/probe', 'shop/web')).toBe('allow')
    expect(deviations(input)).toMatchObject([{ id: 'inert-api', at: { id: 'Admin-1' } }])
  })

  test('upstream: policies of one priority that disagree leave it undefined', () => {
    const list = [policy('Admin', 1, [rule('Accept', 'ops')], 'a'), policy('Admin', 1, [rule('Deny', 'ops')], 'b')]
    const layer = compilePolicies(testInput({ pods, namespaces, lists: { clusterNetworkPolicies: list } }))
    expect(layer.path({ from: { pod: 'ops/probe' }, to: { pod: 'shop/web' }, protocol: 'TCP', port: 80 })).toMatchObject({
      verdict: 'unknown',
    })
  })

  test('upstream: AdminNetworkPolicy and BaselineAdminNetworkPolicy', () => {
    const spec = { subject: { namespaces: {} }, ingress: [rule('Allow', 'shop'), rule('Deny', 'ops')] }
    const lists = {
      adminNetworkPolicies: [{ metadata: { name: 'a' }, spec: { ...spec, priority: 5 } }],
      baselineAdminNetworkPolicies: [{ metadata: { name: 'default' }, spec }],
    }
    expect(at(compilePolicies(testInput({ pods, namespaces, lists })), 'ops/probe', 'shop/web')).toBe('deny')
    expect(
      at(
        compilePolicies(testInput({ pods, namespaces, lists: { baselineAdminNetworkPolicies: lists.baselineAdminNetworkPolicies } })),
        'shop/api',
        'shop/web',
      ),
    ).toBe('allow')
  })
})

const json = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, '', 'x', 0, -1, 70_000, true, '10.0.0.0/8', '::/0', 'TCP', 'Ingress', 'In', 'Deny', 'Admin'),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      'podSelector',
      'matchLabels',
      'matchExpressions',
      'key',
      'operator',
      'values',
      'policyTypes',
      'ingress',
      'egress',
      'from',
      'to',
      'ports',
      'port',
      'endPort',
      'protocol',
      'ipBlock',
      'cidr',
      'except',
      'namespaceSelector',
      'subject',
      'namespaces',
      'pods',
      'tier',
      'priority',
      'action',
      'networks',
      'portNumber',
      'portRange',
      'start',
      'end',
      'namedPort',
      'domainNames',
      '__proto__',
    ),
    tie('value'),
    { maxKeys: 4 },
  ),
})).object

test('whatever stands in a policy, compiling it ends, and says something', () => {
  fc.assert(
    fc.property(fc.array(json, { maxLength: 3 }), fc.constantFrom(...engines), (specs, engine) => {
      const bodies = specs.map((spec, i) => ({ metadata: { name: `p${i}`, namespace: 'shop' }, spec }))
      const lists = {
        awsClusterNetworkPolicies: bodies,
        clusterNetworkPolicies: bodies,
        adminNetworkPolicies: bodies,
        applicationNetworkPolicies: bodies,
      }
      const policies = Object.fromEntries(bodies.map(({ metadata, spec }) => [`shop/${metadata.name}`, spec as object]))
      const input = testInput({ pods, namespaces, policies, lists, engine })
      expect(['allow', 'deny', 'unknown']).toContain(at(compilePolicies(input), 'ops/probe', 'shop/web'))
      deviations(input)
    }),
    { numRuns: 300 },
  )
})

const selector = fc.oneof(
  fc.constant({}),
  fc.constantFrom('web', 'api', 'probe').map(app => ({ matchLabels: { app } })),
)
const team = fc.oneof(
  fc.constant({}),
  fc.constantFrom('shop', 'ops').map(name => ({ matchLabels: { team: name } })),
)
const peer = fc.oneof(
  selector.map(podSelector => ({ podSelector })),
  team.map(namespaceSelector => ({ namespaceSelector })),
  fc
    .constantFrom('10.0.0.0/8', '10.0.0.2/31', '0.0.0.0/0')
    .chain(cidr => fc.constantFrom([], ['10.0.0.3/32']).map(except => ({ ipBlock: { cidr, except: except } }))),
)
const port = fc.oneof(
  fc.constantFrom(80, 81, 'http').map(value => tcp(value)),
  fc.constant(tcp(80, 90)),
  fc.constant({ protocol: 'UDP' }),
)
const netpol = fc.record({
  podSelector: selector,
  policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
  ingress: fc.array(fc.record({ from: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) }), { maxLength: 2 }),
  egress: fc.array(fc.record({ to: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) }), { maxLength: 2 }),
})
const worlds = fc.record({
  policies: fc.dictionary(fc.constantFrom('shop/a', 'shop/b', 'ops/a'), netpol, { maxKeys: 3 }),
  engine: fc.constantFrom(...engines),
})

test('the matrix, the verdict and the explanation say the same', () => {
  fc.assert(
    fc.property(worlds, fc.constantFrom(80, 81, 85, 8080), ({ policies, engine }, asked) => {
      const layer = compilePolicies(testInput({ pods, namespaces, policies, engine }))
      const atom = layer.ports.atomOf('TCP', asked)
      const joined = new Map<string, string>()
      layer.matrix.forEachRow((from, start, end, allowed, unknown) => {
        if (atom < start || atom >= end) return
        for (const { id } of layer.classes) joined.set(`${from}-${id}`, has(allowed, id) ? 'allow' : has(unknown, id) ? 'unknown' : 'deny')
      })
      for (const from of layer.classes)
        for (const to of layer.classes) {
          if (from === to) continue
          const [source, destination] = [from.pods[0]!, to.pods[0]!]
          const sends = layer.verdict('egress', source, { pod: destination }, 'TCP', asked)
          const receives = layer.verdict('ingress', destination, { pod: source }, 'TCP', asked)
          const both = [sends, receives].includes('deny') ? 'deny' : [sends, receives].includes('unknown') ? 'unknown' : 'allow'
          expect(joined.get(`${from.id}-${to.id}`)).toBe(both)
          const answer = layer.answer('egress', source, { pod: destination }, 'TCP', asked)
          expect(answer.verdict).toBe(sends)
          if (sends === 'allow' && (answer.asked?.length ?? 0) > 0) expect(answer.by.length).toBeGreaterThan(0)
          if (sends === 'deny') expect([answer.by, answer.asked?.length !== 0]).toEqual([[], true])
        }
    }),
    { numRuns: 300 },
  )
})

// Published: policies only add. AWS's tables may take away, which is what `except-pooled` is about.
test('upstream: another rule never closes what is open', () => {
  fc.assert(
    fc.property(
      worlds,
      netpol.map(({ ingress }) => ingress),
      ({ policies }, more) => {
        const wider = Object.fromEntries(
          Object.entries(policies).map(([id, spec]) => [id, { ...spec, ingress: [...spec.ingress, ...more] }]),
        )
        const [before, after] = [policies, wider].map(each => compilePolicies(testInput({ pods, namespaces, policies: each })))
        for (const to of Object.keys(pods)) if (at(before!, 'ops/probe', to) === 'allow') expect(at(after!, 'ops/probe', to)).toBe('allow')
      },
    ),
  )
})

// The controller writes no rule for a pod that has no address yet, and the agent closes a direction that is not listed only where there is a rule.
test('AWS: a rule for pods without an address does not close a direction that the policy does not list', () => {
  const policies = {
    'shop/out': { podSelector: {}, policyTypes: ['Egress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'new' } } }] }] },
  }
  const verdictWith = (status: object) => {
    const added = { 'shop/new': { labels: { app: 'new' }, more: { status } } }
    const layer = compilePolicies(testInput({ pods: { ...pods, ...added }, policies, engine: 'aws-vpc-cni' }))
    return layer.verdict('ingress', 'shop/web', { address: '192.0.2.1' }, 'TCP', 80)
  }
  expect(verdictWith({ podIP: undefined, phase: 'Pending' })).toBe('allow')
  expect(verdictWith({ podIP: '10.0.9.9' })).toBe('deny')
})
