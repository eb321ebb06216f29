import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { setting } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Deviation, Direction } from '#network/policy-layer.ts'
import { findClusterPolicy, policyChange, type AwsClusterPolicy } from './policy-rewrites.ts'

type Spec = NonNullable<AwsClusterPolicy['body']['spec']>
type Ports = NonNullable<NonNullable<Spec['egress']>[number]['ports']>

/** Every name in the policies that crash the controller becomes the numbers that pods have under it; undefined when some name is no pod's. */
export function numbersForNames(policies: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const policy = findClusterPolicy(policies, found[0]!.at.id)
  if (policy === undefined) return undefined
  const numbers = numbersByName(policies)
  const edits = (['ingress', 'egress'] as const).flatMap(direction => rewritten(policy, direction, numbers))
  if (edits.some(({ after }) => after === undefined)) return undefined
  const resource = policy as unknown as Resource
  const risk = 'All policies that were written since the crash take effect at once.'
  const changes = edits.map(({ path, after }) => policyChange(resource, setting(resource, path, after), risk))
  return { title: 'write the numbers of the named ports', safe: false, changes }
}

type Numbers = ReadonlyMap<string, Ports>

function rewritten(policy: AwsClusterPolicy, direction: Direction, numbers: Numbers) {
  const rules: readonly { readonly ports?: Ports }[] = policy.body.spec?.[direction] ?? []
  return rules.flatMap(({ ports = [] }, i) => {
    const names = ports.flatMap(port => port.namedPort ?? [])
    if (names.length === 0) return []
    const isKnown = names.every(name => numbers.has(name))
    const after = ports.flatMap(port => (port.namedPort === undefined ? [port] : (numbers.get(port.namedPort) ?? [])))
    return [{ path: ['spec', direction, i, 'ports'], after: isKnown ? after : undefined }]
  })
}

/** What containers of any pod call by a name, each number once, in order. */
function numbersByName({ input }: ClusterPolicies): Numbers {
  const byName = new Map<string, Map<string, Ports[number]>>()
  for (const { spec } of input.pods.all) {
    for (const { ports = [] } of spec?.containers ?? []) {
      for (const { name, protocol = 'TCP', containerPort: port } of ports) {
        if (name === undefined) continue
        const known = byName.get(name) ?? new Map<string, Ports[number]>()
        known.set(`${protocol} ${String(port).padStart(5, '0')}`, { portNumber: { protocol, port } })
        byName.set(name, known)
      }
    }
  }
  return new Map([...byName].map(([name, known]) => [name, [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port)]))
}
