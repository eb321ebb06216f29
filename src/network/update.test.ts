import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testInput, type TestPod } from '../../tests/network/policy-input.ts'
import { compilePolicies } from './compile-policies.ts'
import type { PolicyInput } from './input.ts'
import { applyChange } from './policies/apply-change.ts'
import type { PolicyChange, PolicyLayer } from './policy-layer.ts'

const engines = ['upstream', 'aws-vpc-cni'] as const
const names = ['shop/web-a1', 'shop/web-a2', 'shop/api-b1', 'shop/db-0', 'ops/probe', 'ops/web-a1'] as const
const app = fc.constantFrom('web', 'api', 'db')
const pods: fc.Arbitrary<TestPod> = fc.record({ labels: app.map(value => ({ app: value })), node: fc.constantFrom('node-1', 'node-2') })
const selector = fc.oneof(
  fc.constant({}),
  app.map(value => ({ matchLabels: { app: value } })),
)
const peer = fc.oneof(
  selector.map(podSelector => ({ podSelector })),
  fc.constantFrom('a', 'b').map(team => ({ namespaceSelector: { matchLabels: { team } } })),
  fc.constantFrom('10.0.0.0/30', '10.0.0.0/8').map(cidr => ({ ipBlock: { cidr } })),
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

/** Every verdict that can be asked. */
function verdicts(layer: PolicyLayer, input: PolicyInput): Record<string, string> {
  const ids = input.pods.all.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const peers = [...ids.map(pod => ({ pod })), { address: '10.9.0.1' }, { address: '192.0.2.1' }, { node: 'node-2' }]
  const all = ids.flatMap(pod =>
    (['ingress', 'egress'] as const).flatMap(direction =>
      peers.flatMap(other =>
        [80, 81, 85, 443, 452, 8080].map(asked => [
          `${direction} ${pod} ${JSON.stringify(other)} ${asked}`,
          layer.verdict(direction, pod, other, 'TCP', asked),
        ]),
      ),
    ),
  )
  return Object.fromEntries(all) as Record<string, string>
}

let [fast, slow] = [0, 0]

test.for(engines)('%s: an edit gives what compiling anew gives', engine => {
  ;[fast, slow] = [0, 0]
  const worlds = fc.record({
    pods: fc.dictionary(fc.constantFrom(...names), pods, { minKeys: 2 }),
    policies: fc.dictionary(fc.constantFrom(...policyIds), spec),
  })
  fc.assert(
    fc.property(worlds, fc.array(edits, { minLength: 1, maxLength: 6 }), (world, changes) => {
      let input = testInput({ ...world, engine, namespaces: { shop: { team: 'a' }, ops: { team: 'b' } } })
      let layer = compilePolicies(input)
      for (const change of changes) {
        const before = { layer, said: new Map(layer.classes.map(each => [each.id, each])) }
        const updated = layer.update(change)
        input = applyChange(input, change)
        if (updated.everything) slow++
        else fast++
        expect(verdicts(updated.layer, input)).toEqual(verdicts(compilePolicies(input), input))
        if (!updated.everything) expectRowsToTell(before.layer, updated)
        layer = updated.layer
      }
    }),
    { numRuns: 80 },
  )
  expect(fast).toBeGreaterThan(slow / 4)
})

/** The changed rows are those of which the matrix has other bits now, at ports that both layers know. */
function expectRowsToTell(before: PolicyLayer, { layer, rows }: ReturnType<PolicyLayer['update']>): void {
  const told = new Set(rows.flatMap(({ direction, classId, portAtoms }) => portAtoms.map(atom => `${direction} ${classId} ${atom}`)))
  for (const { id } of layer.classes)
    for (const direction of ['ingress', 'egress'] as const)
      for (let atom = 0; atom < layer.ports.count - 1; atom++) {
        const { protocol, from } = layer.ports.range(atom)!
        const old = before.matrix.allowed(direction, id, before.ports.atomOf(protocol, from))
        const same = old.every((word, i) => word === layer.matrix.allowed(direction, id, atom)[i])
        const both = [before, layer].map(each => each.matrix.unknown(direction, id, each.ports.atomOf(protocol, from))?.join())
        expect([direction, id, atom, told.has(`${direction} ${id} ${atom}`)]).toEqual([
          direction,
          id,
          atom,
          !same || (both[0] ?? '') !== (both[1] ?? ''),
        ])
      }
}
