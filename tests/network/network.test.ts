import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileNetwork } from '#network/compile-network.ts'
import type { Question } from '#network/question.ts'
import { oracle, type OracleEnd } from '../oracles/network/evaluator.ts'
import { probes } from '../oracles/network/generate.ts'
import { addresses, worlds } from '../oracles/network/generate-cloud.ts'
import { at, podEnds, portOf, questionOf, serviceEnds } from './ends.ts'
import { networkInputOf } from './engine-input.ts'
import { announce, probesPerWorld, seed, Tally, worldsOr } from './runs.ts'

const numRuns = worldsOr(60)
announce('network', numRuns)

test('the whole answers as the slow evaluator does', () => {
  const tally = new Tally()
  fc.assert(
    fc.property(
      worlds(['aws-vpc-cni', 'aws-vpc-cni', 'upstream', 'none']),
      fc.array(probes, { minLength: probesPerWorld, maxLength: probesPerWorld }),
      (world, asked) => {
        const network = compileNetwork(networkInputOf(world))
        const sources: readonly OracleEnd[] = [...podEnds(world.kubernetes, 2), { node: 'n1' }]
        const services = serviceEnds(world.kubernetes)
        const destinations = [...sources, ...addresses[world.family].map(address => ({ address })), ...services, ...services]
        for (const probe of asked) {
          const question = questionOf(world.kubernetes, at(sources, probe.from), at(destinations, probe.to), probe, portOf(probe))
          const wanted = oracle(world, question)
          const given = network.answer(question as Question)
          tally.add(`${wanted.verdict}${wanted.partial === true ? ', partial' : ''}`)
          expect({
            question,
            verdict: given.verdict,
            partial: given.partial ?? false,
            short: network.verdict(question as Question),
          }).toEqual({
            question,
            verdict: wanted.verdict,
            partial: wanted.partial ?? false,
            short: wanted.verdict,
          })
        }
      },
    ),
    { numRuns, seed },
  )
  tally.print('network')
  for (const verdict of ['allow', 'deny', 'unknown']) expect(tally.count(verdict)).toBeGreaterThan(0)
}, 0)
