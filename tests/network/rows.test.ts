import fc from 'fast-check'
import { expect, test } from 'vitest'
import { has, type Bitset } from '#network/bitset.ts'
import { compileNetwork } from '#network/compile-network.ts'
import { trafficKey } from '#network/aws/traffic.ts'
import type { Network } from '#network/network.ts'
import type { Protocol } from '#network/question.ts'
import { probes } from '../oracles/network/generate.ts'
import { worlds } from '../oracles/network/generate-cloud.ts'
import { podEnds, portOf } from './ends.ts'
import { networkInputOf } from './engine-input.ts'
import { announce, seed, Tally, worldsOr } from './runs.ts'

const numRuns = worldsOr(40)
announce('rows', numRuns)
const engines = ['aws-vpc-cni', 'aws-vpc-cni', 'upstream', 'none'] as const
const placements = ['same-node', 'other-node'] as const

test('rows of all traffic say what each question is answered', () => {
  const tally = new Tally()
  fc.assert(
    fc.property(worlds([...engines]), fc.array(probes, { minLength: 10, maxLength: 10 }), fc.boolean(), (world, asked, isRead) => {
      const input = networkInputOf(world)
      const unread = { unread: { kind: 'k8s/DaemonSet', reason: 'access denied' } } as const
      const network = compileNetwork(
        isRead ? input : { aws: { ...input.aws, settings: unread }, policies: { ...input.policies, mode: unread } },
      )
      const pods = podEnds(world.kubernetes, 8).flatMap(end => ('pod' in end ? [end.pod] : []))
      for (const placement of placements) {
        const { classes, forEachRow } = network.rows(pods, placement)
        const rows = rowsOf(forEachRow, classes.length)
        for (const probe of asked) {
          const traffic = { protocol: probe.protocol as Protocol, ...(portOf(probe) === undefined ? {} : { port: portOf(probe)! }) }
          const key = trafficKey(traffic.protocol, traffic.port)
          classes.forEach((from, i) =>
            classes.forEach((to, j) => {
              const pair = from.pods.flatMap(source => to.pods.filter(other => other !== source).map(other => [source, other] as const))[0]
              if (pair === undefined || isOneAddress(network, ...pair)) return
              const verdict = network.verdict({ from: { pod: pair[0] }, to: { pod: pair[1] }, placement, ...traffic })
              tally.add(verdict)
              expect({ pair, placement, traffic, verdict: rows(i, j, key) }).toEqual({ pair, placement, traffic, verdict })
            }),
          )
        }
      }
    }),
    { numRuns, seed },
  )
  tally.print('rows')
  for (const verdict of ['allow', 'deny', 'unknown']) expect(tally.count(verdict)).toBeGreaterThan(0)
}, 0)

test('a matrix of groups says what its pairs are answered', () => {
  fc.assert(
    fc.property(worlds([...engines]), fc.array(probes, { minLength: 6, maxLength: 6 }), (world, asked) => {
      const network = compileNetwork(networkInputOf(world))
      const pods = podEnds(world.kubernetes, 8).flatMap(end => ('pod' in end ? [end.pod] : []))
      const groups = [0, 1, 2].map(of => ({ id: `group ${of}`, pods: pods.filter((_, i) => i % 3 === of) }))
      const traffic = asked.map(probe => ({
        protocol: probe.protocol as Protocol,
        ...(portOf(probe) === undefined ? {} : { port: portOf(probe)! }),
      }))
      for (const { from, to, answers } of network.matrix({ from: groups, to: groups, traffic }).cells) {
        const pairs = groups[from]!.pods.flatMap(source =>
          groups[to]!.pods.filter(pod => pod !== source).map(pod => [source, pod] as const),
        )
        answers.forEach(({ verdict }, i) => {
          const each = new Set(pairs.map(([source, pod]) => network.verdict({ from: { pod: source }, to: { pod }, ...traffic[i]! })))
          const [only, ...others] = each
          expect({ pairs, traffic: traffic[i], verdict }).toEqual({
            pairs,
            traffic: traffic[i],
            verdict: others.length === 0 ? only : 'split',
          })
        })
      }
    }),
    { numRuns, seed },
  )
}, 0)

/** The last run that begins at or before the key. */
function rowsOf(forEachRow: ReturnType<Network['rows']>['forEachRow'], count: number) {
  const rows: { readonly start: number; readonly allowed: Bitset; readonly unknown: Bitset }[][] = Array.from({ length: count }, () => [])
  forEachRow((from, start, end, allowed, unknown) => {
    expect(end).toBeGreaterThan(start)
    rows[from]!.push({ start, allowed: allowed.slice(), unknown: unknown.slice() })
  })
  return (from: number, to: number, key: number) => {
    const row = rows[from]!.findLast(({ start }) => start <= key)!
    return has(row.allowed, to) ? 'allow' : has(row.unknown, to) ? 'unknown' : 'deny'
  }
}

/** Two pods that are said to have one address are one end. */
const isOneAddress = ({ aws }: Network, a: string, b: string): boolean =>
  aws.pod(a)?.address !== undefined && aws.pod(a)?.address === aws.pod(b)?.address
