import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testInput, type TestPod } from '../../tests/network/policy-input.ts'
import { seed, worldsOr } from '../../tests/network/runs.ts'
import { has, type Bitset } from './bitset.ts'
import { compilePolicies } from './compile-policies.ts'
import type { PolicyInput } from './input.ts'
import { applyChange } from './policies/apply-change.ts'
import type { Direction, PolicyChange, PolicyLayer } from './policy-layer.ts'

const engines = ['upstream', 'aws-vpc-cni'] as const
const names = ['shop/web-a1', 'shop/web-a2', 'shop/api-b1', 'shop/db-0', 'ops/probe', 'ops/web-a1'] as const
const app = fc.constantFrom('web', 'api', 'db')
/** The version is asked for by some policies, and by none at first; the number by none, so that it makes no class. */
const labels = fc.record(
  { app: fc.constantFrom('web', 'api', 'db', 'job'), version: fc.constantFrom('1', '2'), number: fc.constantFrom('1', '2') },
  { requiredKeys: [] },
)
const pods: fc.Arbitrary<TestPod> = fc.record({ labels, node: fc.constantFrom('node-1', 'node-2') })
const selector = fc.oneof(
  fc.constant({}),
  app.map(value => ({ matchLabels: { app: value } })),
  fc.constantFrom('1', '2').map(version => ({ matchLabels: { version } })),
  fc.constant({ matchExpressions: [{ key: 'version', operator: 'DoesNotExist' }] }),
)
const peer = fc.oneof(
  selector.map(podSelector => ({ podSelector })),
  fc.constantFrom('a', 'b').map(team => ({ namespaceSelector: { matchLabels: { team } } })),
  fc.constantFrom('10.0.0.0/30', '10.0.0.4/31', '10.0.0.5/32', '10.0.0.0/8', '192.0.2.0/24').map(cidr => ({ ipBlock: { cidr } })),
  fc.constantFrom('10.0.0.2/32', '10.0.0.4/30').map(except => ({ ipBlock: { cidr: '10.0.0.0/8', except: [except] } })),
)
const port = fc
  .constantFrom(80, 81, 443, 8080)
  .chain(value => fc.constantFrom({ port: value, protocol: 'TCP' }, { port: value, endPort: value + 9, protocol: 'TCP' }))
const rules = (key: 'from' | 'to') =>
  fc.array(fc.record({ [key]: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) }), { maxLength: 2 })
const spec = fc.record({
  podSelector: selector,
  policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
  ingress: rules('from'),
  egress: rules('to'),
})
const policyIds = ['shop/one', 'shop/two', 'ops/one'] as const

const podBody = (id: string, pod: TestPod, ip: string) => testInput({ pods: { [id]: { ...pod, ip } } }).pods.all[0]!
const policyBody = (id: string, value: object) => testInput({ pods: {}, policies: { [id]: value } }).networkPolicies.all[0]!

const edits: fc.Arbitrary<PolicyChange> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...names), pods, fc.constantFrom(1, 2, 3, 4, 5, 6))
    .map(([id, pod, last]) => ({ kind: 'k8s/Pod' as const, id, after: podBody(id, pod, `10.0.0.${last}`) })),
  fc.constantFrom(...names).map(id => ({ kind: 'k8s/Pod' as const, id })),
  fc
    .tuple(fc.constantFrom(...policyIds), spec)
    .map(([id, value]) => ({ kind: 'k8s/NetworkPolicy' as const, id, after: policyBody(id, value) })),
  fc.constantFrom(...policyIds).map(id => ({ kind: 'k8s/NetworkPolicy' as const, id })),
  fc
    .tuple(fc.constantFrom('shop', 'ops'), fc.constantFrom('a', 'b'))
    .map(([name, team]) => ({ kind: 'k8s/Namespace' as const, id: name, after: { metadata: { name, labels: { team } } } })),
)

/** Every verdict that can be asked, one a line. */
function verdicts(layer: PolicyLayer, input: PolicyInput): string {
  const ids = input.pods.all.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const peers = [...ids.map(pod => ({ pod })), { address: '10.9.0.1' }, { address: '192.0.2.1' }, { node: 'node-2' }]
  const all = ids.flatMap(pod =>
    (['ingress', 'egress'] as const).flatMap(direction =>
      peers.flatMap(other =>
        [80, 81, 85, 443, 452, 8080].map(
          asked => `${direction} ${pod} ${Object.values(other)[0]} ${asked}: ${layer.verdict(direction, pod, other, 'TCP', asked)}`,
        ),
      ),
    ),
  )
  return all.join('\n')
}

let [fast, slow] = [0, 0]

test.for(engines)('%s: an edit gives what compiling anew gives', { timeout: 0 }, engine => {
  ;[fast, slow] = [0, 0]
  const worlds = fc.record({
    pods: fc.dictionary(fc.constantFrom(...names), pods, { minKeys: 2 }),
    policies: fc.dictionary(fc.constantFrom(...policyIds), spec),
  })
  fc.assert(
    fc.property(worlds, fc.array(edits, { minLength: 1, maxLength: 8 }), (world, changes) => {
      let input = testInput({ ...world, engine, namespaces: { shop: { team: 'a' }, ops: { team: 'b' } } })
      let layer = compilePolicies(input)
      for (const change of changes) {
        const before = layer
        // What else might have been done to it leaves it as it was.
        layer.update(changes[0]!)
        const updated = layer.update(change)
        input = applyChange(input, change)
        if (updated.everything) slow++
        else fast++
        expect(verdicts(updated.layer, input)).toBe(verdicts(compilePolicies({ ...input }), input))
        if (!updated.everything) expectRowsToTell(before, updated, change.kind)
        layer = updated.layer
      }
    }),
    { numRuns: worldsOr(80), seed },
  )
  process.stderr.write(`${engine}: ${fast} edits, and ${slow} that were compiled anew (seed ${seed})\n`)
  expect(fast).toBeGreaterThan(slow / 2)
})

/**
 * The changed rows are those of which the matrix has other bits now, at ports that both layers know. A new class is held against that of its pods; for an
 * edit of a pod the rows of other classes stay, whatever its new class is to them.
 */
function expectRowsToTell(before: PolicyLayer, { layer, rows }: ReturnType<PolicyLayer['update']>, kind: PolicyChange['kind']): void {
  const told = rows.flatMap(({ direction, classId, portAtoms }) => portAtoms.map(atom => `${classId} ${direction} ${atom}`))
  const previous = layer.classes.map(({ id, pods }) => (id < before.classes.length ? id : before.classOf(pods[0]!)?.id))
  const known = kind === 'k8s/Pod' ? layer.classes.slice(before.classes.length) : layer.classes
  const atoms = Array.from({ length: layer.ports.count - 1 }, (_, atom) => atom)
  const isOther = (direction: Direction, id: number, atom: number): boolean => {
    const { protocol, from } = layer.ports.range(atom)!
    const old = previous[id]
    return (['allowed', 'unknown'] as const).some(half => {
      const row = old === undefined ? undefined : before.matrix[half](direction, old, before.ports.atomOf(protocol, from))
      const now = layer.matrix[half](direction, id, atom)
      return previous.some((peer, to) => isIn(row, peer) !== isIn(now, to))
    })
  }
  const others = known.flatMap(({ id }) =>
    (['ingress', 'egress'] as const).flatMap(direction =>
      atoms.filter(atom => isOther(direction, id, atom)).map(atom => `${id} ${direction} ${atom}`),
    ),
  )
  const last = ` ${layer.ports.count - 1}`
  expect(told.filter(each => !each.endsWith(last)).sort()).toEqual(others.sort())
}

const isIn = (row: Bitset | undefined, member: number | undefined): boolean => row !== undefined && member !== undefined && has(row, member)

test('a port of a rule that met nobody is told from other ports when a pod comes that it meets', () => {
  const peers = { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'api' } } } }
  const spec = {
    tier: 'Admin',
    priority: 1,
    subject: { namespaces: { matchLabels: { team: 'a' } } },
    egress: [{ action: 'Deny', to: [peers], ports: [{ portNumber: { port: 443, protocol: 'TCP' } }] }],
  }
  const input = testInput({
    engine: 'aws-vpc-cni',
    namespaces: { shop: { team: 'a' } },
    pods: { 'shop/web': { labels: { app: 'web' } } },
    lists: { awsClusterNetworkPolicies: [{ metadata: { name: 'no-api' }, spec }] },
  })
  const after = podBody('shop/api', { labels: { app: 'api' } }, '10.0.0.7')
  const { layer, everything } = compilePolicies(input).update({ kind: 'k8s/Pod', id: 'shop/api', after })
  const asked = [443, 8080].map(number => layer.verdict('egress', 'shop/web', { pod: 'shop/api' }, 'TCP', number))
  expect({ asked, everything }).toEqual({ asked: ['deny', 'allow'], everything: false })
})
