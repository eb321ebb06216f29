import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  acl,
  all,
  group,
  networkInput,
  networkInterface,
  nodeInterfaces,
  pod,
  rule,
  type ShortRule,
} from '../../tests/network/small-cluster.ts'
import { compileNetwork } from './compile-network.ts'
import type { Network } from './network.ts'
import type { Protocol } from './question.ts'

const names = ['a', 'b', 'c', 'd']
const pods = names.map((name, i) =>
  pod({ id: `shop/${name}`, node: `n${1 + (i % 2)}`, address: `10.0.${1 + (i % 2)}.${50 + i}`, branch: `eni-${name}` }),
)

const port = fc.constantFrom(53, 80, 81, 443, 8080)
const traffic = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('tcp', 'udp'), port, port).map(([of, x, y]) => `${of} ${Math.min(x, y)}-${Math.max(x, y)}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('all', 'icmp -1', 'icmp 8/0', '50') },
)
const peer = fc.constantFrom('0.0.0.0/0', '10.0.1.0/24', '10.0.2.51/32', '10.0.0.0/16', '10.0.1.48/28', 'sg-0', 'sg-1', 'sg-2', '::/0')
const shortRule = fc.tuple(traffic, fc.array(peer, { minLength: 1, maxLength: 2 })).map(([of, peers]) => rule(of, ...peers))
const rules = fc.array(shortRule, { maxLength: 4 })
const world = fc.record({
  groups: fc.tuple(...[0, 1, 2].map(() => fc.record({ ingress: rules, egress: rules }))),
  carried: fc.tuple(...names.map(() => fc.uniqueArray(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 3 }))),
  entries: fc.option(
    fc.array(fc.constantFrom('10 in deny tcp 80 10.0.1.0/24', '20 out deny udp 53 0.0.0.0/0', '30 in deny tcp 1024-2000 10.0.2.0/24'), {
      maxLength: 2,
    }),
  ),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function networkOf({ groups, carried, entries }: World): Network {
  const open = ['100 in allow all 0.0.0.0/0', '100 out allow all 0.0.0.0/0']
  return compileNetwork(
    networkInput(
      {
        securityGroups: all(group('sg-node', []), ...groups.map(({ ingress, egress }, i) => group(`sg-${i}`, ingress, egress))),
        networkInterfaces: all(
          ...nodeInterfaces,
          ...names.map((name, i) =>
            networkInterface({
              id: `eni-${name}`,
              subnet: i % 2 === 0 ? 'subnet-a' : 'subnet-b',
              addresses: [`10.0.${1 + (i % 2)}.${50 + i}`],
              groups: carried[i]!.map(of => `sg-${of}`),
              branchOf: 'eni-t',
            }),
          ),
        ),
        ...(entries === null ? {} : { networkAcls: all(acl('acl-1', ['subnet-a', 'subnet-b'], [...entries, ...open])) }),
      },
      { pods: all(...pods) },
    ),
  )
}

const asked: readonly (readonly [Protocol, number?])[] = [
  ['TCP', 53],
  ['TCP', 80],
  ['TCP', 443],
  ['TCP', 8080],
  ['UDP', 53],
  ['ICMP'],
  ['50'],
]
const questions = names.flatMap(from =>
  names.flatMap(to =>
    asked.map(([protocol, of]) => ({
      from: { pod: `shop/${from}` },
      to: { pod: `shop/${to}` },
      protocol,
      ...(of === undefined ? {} : { port: of }),
    })),
  ),
)
const verdicts = (network: Network) => questions.map(question => network.verdict(question))
const runs = { numRuns: 60 }

test('one more rule never closes what was open', () => {
  fc.assert(
    fc.property(world, fc.nat(2), shortRule, fc.boolean(), (before, at, more, isIn) => {
      const groups = before.groups.map((of, i) =>
        i !== at ? of : isIn ? { ...of, ingress: [...of.ingress, more] } : { ...of, egress: [...of.egress, more] },
      )
      const after = verdicts(networkOf({ ...before, groups } as World))
      verdicts(networkOf(before)).forEach((verdict, i) => verdict === 'allow' && expect(after[i]).toBe('allow'))
    }),
    runs,
  )
})

test('the order of rules, and of groups, changes nothing', () => {
  fc.assert(
    fc.property(world, of => {
      const turned = (list: readonly ShortRule[]) =>
        [...list].reverse().map(({ traffic: what, peers }) => ({ traffic: what, peers: [...peers].reverse() }))
      const groups = of.groups.map(({ ingress, egress }) => ({ ingress: turned(ingress), egress: turned(egress) }))
      const carried = of.carried.map(list => [...list].reverse())
      expect(verdicts(networkOf({ ...of, groups, carried } as World))).toEqual(verdicts(networkOf(of)))
    }),
    runs,
  )
})

test('a block in two halves is the block', () => {
  const halves: Readonly<Record<string, readonly string[]>> = {
    '0.0.0.0/0': ['0.0.0.0/1', '128.0.0.0/1'],
    '10.0.1.0/24': ['10.0.1.0/25', '10.0.1.128/25'],
    '10.0.0.0/16': ['10.0.0.0/17', '10.0.128.0/17'],
    '10.0.1.48/28': ['10.0.1.48/29', '10.0.1.56/29'],
  }
  fc.assert(
    fc.property(world, of => {
      const split = (list: readonly ShortRule[]) =>
        list.map(({ traffic: what, peers }) => rule(what, ...peers.flatMap(one => halves[one] ?? [one])))
      const groups = of.groups.map(({ ingress, egress }) => ({ ingress: split(ingress), egress: split(egress) }))
      expect(verdicts(networkOf({ ...of, groups } as World))).toEqual(verdicts(networkOf(of)))
    }),
    runs,
  )
})

test('what the layers say together is the verdict', () => {
  fc.assert(
    fc.property(world, of => {
      const network = networkOf(of)
      for (const question of questions) expect(network.answer(question).verdict).toBe(network.verdict(question))
    }),
    { numRuns: 15 },
  )
})

test('a network that was updated is the network of the documents as they are then', () => {
  fc.assert(
    fc.property(world, fc.array(fc.tuple(fc.nat(2), rules, rules), { minLength: 1, maxLength: 4 }), (start, edits) => {
      let network = networkOf(start)
      let now = start
      for (const [at, ingress, egress] of edits) {
        verdicts(network)
        const after = group(`sg-${at}`, ingress, egress)
        network = network.update([{ kind: 'aws/ec2/SecurityGroup', id: after.SecurityGroupArn, after }])
        now = { ...now, groups: now.groups.map((of, i) => (i === at ? { ingress, egress } : of)) } as World
        expect(verdicts(network)).toEqual(verdicts(networkOf(now)))
      }
    }),
    runs,
  )
})
