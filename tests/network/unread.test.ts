import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NetworkInput } from '#network/aws-input.ts'
import { compileNetwork } from '#network/compile-network.ts'
import type { Question } from '#network/question.ts'
import { probes } from '../oracles/network/generate.ts'
import { addresses, worlds } from '../oracles/network/generate-cloud.ts'
import { at, podEnds, portOf, questionOf } from './ends.ts'
import { networkInputOf } from './engine-input.ts'
import { announce, seed, worldsOr } from './runs.ts'

const numRuns = worldsOr(40)
announce('unread', numRuns)

const lists = [
  ['policies', 'networkPolicies', 'k8s/NetworkPolicy'],
  ['policies', 'awsClusterNetworkPolicies', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  ['policies', 'clusterNetworkPolicies', 'k8s/policy.networking.k8s.io/ClusterNetworkPolicy'],
  ['policies', 'namespaces', 'k8s/Namespace'],
  ['aws', 'securityGroups', 'aws/ec2/SecurityGroup'],
  ['aws', 'networkAcls', 'aws/ec2/NetworkAcl'],
  ['aws', 'networkInterfaces', 'aws/ec2/NetworkInterface'],
  ['aws', 'prefixLists', 'aws/ec2/ManagedPrefixList'],
  ['aws', 'subnets', 'aws/ec2/Subnet'],
  ['aws', 'routeTables', 'aws/ec2/RouteTable'],
] as const

/** With every second document of a list gone, and the list saying that more may exist. */
function without(input: NetworkInput, [half, list, kind]: (typeof lists)[number], odd: boolean): NetworkInput {
  const part = input[half] as unknown as Readonly<Record<string, { readonly all: readonly unknown[] }>>
  const kept = (part[list]?.all ?? []).filter((_, position) => position % 2 === Number(odd))
  return { ...input, [half]: { ...part, [list]: { all: kept, missing: { kind, reason: 'not authorized to list it' } } } }
}

test('what was not read makes an answer unknown, and never another', () => {
  fc.assert(
    fc.property(
      worlds(['aws-vpc-cni', 'upstream']),
      fc.constantFrom(...lists),
      fc.boolean(),
      fc.array(probes, { minLength: 30, maxLength: 30 }),
      (world, list, odd, asked) => {
        const input = networkInputOf(world)
        const whole = compileNetwork(input)
        const partly = compileNetwork(without(input, list, odd))
        const ends = podEnds(world.kubernetes, 2)
        const destinations = [...ends, { node: 'n1' }, ...addresses[world.family].map(address => ({ address }))]
        if (ends.length === 0) return
        for (const probe of asked) {
          const question = questionOf(world.kubernetes, at(ends, probe.from), at(destinations, probe.to), probe, portOf(probe)) as Question
          const verdict = partly.verdict(question)
          if (verdict === 'allow' || verdict === 'deny')
            expect({ list, question, verdict }).toEqual({ list, question, verdict: whole.verdict(question) })
        }
      },
    ),
    { numRuns, seed },
  )
}, 0)
