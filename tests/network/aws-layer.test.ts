import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileAws } from '#network/aws/compile-aws.ts'
import type { AwsEnd, AwsLayer } from '#network/aws/aws-layer.ts'
import { networkAlone, type OracleEnd } from '../oracles/network/evaluator.ts'
import { probes } from '../oracles/network/generate.ts'
import { addresses, worlds } from '../oracles/network/generate-cloud.ts'
import { at, nodeOf, podEnds, portOf } from './ends.ts'
import { networkInputOf } from './engine-input.ts'
import { announce, probesPerWorld, seed, Tally, worldsOr } from './runs.ts'

const numRuns = worldsOr(60)
announce('aws layer', numRuns)

test('security groups, ACLs and routes answer as the slow evaluator does', () => {
  const tally = new Tally()
  fc.assert(
    fc.property(worlds(['none']), fc.array(probes, { minLength: probesPerWorld, maxLength: probesPerWorld }), (world, asked) => {
      const input = networkInputOf(world)
      const layer = compileAws(input.aws, input.policies.pods, input.policies.nodes)
      const away = addresses[world.family].map((address): OracleEnd => ({ address }))
      const sources = [...podEnds(world.kubernetes, 3), { node: 'n1' }, { node: 'n2' }, ...away.slice(0, 1)]
      const destinations = [...sources, ...away]
      for (const probe of asked) {
        const question = { from: at(sources, probe.from), to: at(destinations, probe.to), protocol: probe.protocol }
        const node = nodeOf(world.kubernetes, question.from)
        const isOnOneNode = node !== undefined && node === nodeOf(world.kubernetes, question.to)
        const port = portOf(probe)
        const wanted = networkAlone(world, { ...question, ...(port !== undefined && { port }) }, isOnOneNode)?.verdict
        const given = layer.verdict(endOf(layer, question.from), endOf(layer, question.to), isOnOneNode, probe.protocol as never, port)
        tally.add(`${wanted}`)
        expect({ ...question, port, isOnOneNode, verdict: given }).toEqual({ ...question, port, isOnOneNode, verdict: wanted })
      }
    }),
    { numRuns, seed },
  )
  tally.print('aws layer')
  for (const verdict of ['allow', 'deny', 'unknown']) expect(tally.count(verdict)).toBeGreaterThan(0)
}, 0)

function endOf(layer: AwsLayer, end: OracleEnd): AwsEnd {
  if ('pod' in end) return layer.pod(end.pod) as AwsEnd
  return 'node' in end ? (layer.node(end.node) as AwsEnd) : layer.address((end as { readonly address: string }).address)
}
