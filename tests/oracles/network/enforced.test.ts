import { describe, expect, test } from 'vitest'
import { cases, type EnforcedCase, type EnforcedProbe } from '../../worlds/network/enforced/read.ts'
import { within } from './address.ts'
import { enforce, type Outcome } from './agent.ts'
import { resolve } from './controller.ts'
import { ofKind, podOf, serviceOf, type Pod } from './objects.ts'

/** The oracle itself is held against what was measured, before anything is held against the oracle. */
interface Prepared {
  readonly recorded: EnforcedCase
  readonly resolved: ReturnType<typeof resolve>
  readonly pods: ReadonlyMap<string, Pod>
}

const prepare = (recorded: EnforcedCase): Prepared => ({
  recorded,
  resolved: resolve(recorded.objects),
  pods: new Map(ofKind(recorded.objects, 'Pod').map(object => [`${object.metadata.namespace}/${object.metadata.name}`, podOf(object)])),
})

function outcomesOf({ recorded, resolved, pods }: Prepared, probe: EnforcedProbe): ReadonlySet<Outcome> {
  const from = pods.get(probe.from) as Pod
  const service = probe.to.startsWith('service ')
    ? ofKind(recorded.objects, 'Service')
        .map(serviceOf)
        .find(({ namespace, name }) => `service ${namespace}/${name}` === probe.to)
    : undefined
  const to = pods.get(probe.backend?.pod ?? probe.to) as Pod
  if (from === to) return new Set(['allow'])
  const at = (pod: Pod, direction: 'ingress' | 'egress', peer: string, port: number): ReadonlySet<Outcome> => {
    const node = recorded.nodes.find(({ name }) => name === pod.node) as { readonly ip: string }
    if (pod.hostNetwork) return new Set(['allow'])
    return enforce(resolved, pod, { address: node.ip, strict: recorded.mode === 'strict' }, direction, {
      peer,
      protocol: probe.protocol,
      port,
    })
  }
  return both(
    at(from, 'egress', service?.clusterAddress ?? (to.address as string), probe.port),
    at(to, 'ingress', from.address as string, probe.backend?.port ?? probe.port),
    groupsAllow(recorded, from, to, probe) ? new Set(['allow']) : new Set(['deny']),
  )
}

const both = (...terms: readonly ReadonlySet<Outcome>[]): ReadonlySet<Outcome> => {
  const outcomes = new Set<Outcome>()
  if (terms.every(term => term.has('allow'))) outcomes.add('allow')
  if (terms.some(term => term.has('deny'))) outcomes.add('deny')
  return outcomes
}

function groupsAllow({ securityGroups = [] }: EnforcedCase, from: Pod, to: Pod, probe: EnforcedProbe): boolean {
  const of = (pod: Pod) => securityGroups.filter(group => group.pod === `${pod.namespace}/${pod.name}`)
  const side = (pod: Pod, other: Pod, direction: 'ingress' | 'egress') =>
    of(pod).length === 0 ||
    of(pod).some(group =>
      group[direction].some(
        rule =>
          (rule.protocol === '-1' ||
            (rule.protocol === probe.protocol.toLowerCase() && probe.port >= rule.from && probe.port <= rule.to)) &&
          (rule.cidr === undefined ? of(other).some(each => each.group === rule.sourceGroup) : within(rule.cidr, other.address as string)),
      ),
    )
  return side(from, to, 'egress') && side(to, from, 'ingress')
}

const total = { same: 0, drawn: 0, anyOrder: 0 }
describe.each([...Map.groupBy(cases(), ({ family }) => family)])('%s', (family, recorded) => {
  test(`${recorded.length} cases come out as they were measured`, () => {
    const wrong: string[] = []
    for (const prepared of recorded.map(prepare))
      for (const probe of prepared.recorded.probes) {
        const outcomes = outcomesOf(prepared, probe)
        const says = `${prepared.recorded.id} ${probe.from} -> ${probe.to} ${probe.protocol} ${probe.port} was ${probe.open}: ${[...outcomes].join()}`
        if (probe.deterministic === false && outcomes.size === 1) wrong.push(`drawn by lot: ${says}`)
        else if (!outcomes.has(probe.open ? 'allow' : 'deny')) wrong.push(says)
        else if (outcomes.size === 1) total.same++
        else if (probe.deterministic === false) total.drawn++
        else if (family === 'name-collision') total.anyOrder++
        else wrong.push(`unsure: ${says}`)
      }
    expect(wrong).toEqual([])
  })
})

test('the count', () => {
  process.stderr.write(`enforced: ${JSON.stringify(total)}\n`)
})
