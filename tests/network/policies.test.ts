import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicies } from '#network/compile-policies.ts'
import type { Peer } from '#network/policy-layer.ts'
import { policyAt, type OracleWorld, type Settings } from '../oracles/network/evaluator.ts'
import { clusters, nodeNames, probes, type RandomCluster } from '../oracles/network/generate.ts'
import { at, podEnds, portOf } from './ends.ts'
import { policyInputOf } from './engine-input.ts'
import { announce, probesPerWorld, seed, Tally, worldsOr } from './runs.ts'

const numRuns = worldsOr(60)
announce('policies', numRuns)

const worldOfCluster = ({ kubernetes, engine, mode }: RandomCluster): OracleWorld => ({
  kubernetes,
  ec2: {},
  settings: { engine, mode, securityGroupMode: 'standard', externalSnat: false, excludeSnatCidrs: [], vpcId: 'vpc-1' },
})

const outside: Readonly<Record<4 | 6, readonly string[]>> = {
  4: ['198.51.100.7', '10.0.1.77', '10.100.0.10', '10.100.0.11', '10.0.0.11', '10.0.2.10', '192.0.2.1'],
  6: ['2001:db8::7', 'fd00:10:0:1::77', 'fd00:ec::a', 'fd00:10::b'],
}

describe.each<Settings['engine']>(['aws-vpc-cni', 'upstream', 'none'])('policies as %s enforces them', engine => {
  test('answer as the slow evaluator does', () => {
    const tally = new Tally()
    fc.assert(
      fc.property(
        clusters({ engines: [engine] }),
        fc.array(probes, { minLength: probesPerWorld, maxLength: probesPerWorld }),
        (cluster, asked) => {
          const world = worldOfCluster(cluster)
          const layer = compilePolicies(policyInputOf(world))
          const pods = podEnds(cluster.kubernetes, 1) as readonly { readonly pod: string }[]
          if (pods.length === 0) return
          const peers: readonly Peer[] = [
            ...pods,
            ...pods,
            ...nodeNames.map(node => ({ node })),
            ...outside[cluster.family].map(address => ({ address })),
          ]
          for (const probe of asked)
            for (const direction of ['ingress', 'egress'] as const) {
              const { pod } = at(pods, probe.from)
              const peer = at(peers, probe.to) as Exclude<Peer, { readonly outside: unknown }>
              const port = portOf(probe)
              const wanted = policyAt(world, direction, pod, peer, probe.protocol, port)
              const given = layer.verdict(direction, pod, peer, probe.protocol as never, port)
              tally.add(`${wanted}`)
              const question = { direction, pod, peer, protocol: probe.protocol, port }
              expect({ ...question, verdict: given }).toEqual({ ...question, verdict: wanted })
            }
        },
      ),
      { numRuns: engine === 'none' ? Math.ceil(numRuns / 10) : numRuns, seed },
    )
    tally.print(`policies, ${engine}`)
    expect(tally.count('allow')).toBeGreaterThan(0)
    if (engine !== 'none') expect(tally.count('deny')).toBeGreaterThan(0)
  }, 0)
})
