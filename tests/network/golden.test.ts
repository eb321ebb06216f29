import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { compileNetwork } from '#network/compile-network.ts'
import type { Question } from '#network/question.ts'
import { oracle } from '../oracles/network/evaluator.ts'
import { podOf } from '../oracles/network/objects.ts'
import { groupsOfPolicies } from '../oracles/network/security-group-policy.ts'
import { networkInputOf } from './engine-input.ts'
import { goldenCase, goldenFiles, goldenSchema, says, worldOf } from './golden-cases.ts'

const valid = new Ajv2020({ allErrors: true, strict: false }).compile(goldenSchema())
const layerOf = {
  policy: ['networkPolicy', 'clusterNetworkPolicy'],
  securityGroup: ['securityGroup'],
  nacl: ['nacl'],
  route: ['route'],
} as const

test('there are 56', () => {
  expect(goldenFiles.map(name => Number(name.slice(0, 2)))).toEqual(Array.from({ length: 56 }, (_, index) => index + 1))
})

describe.each(goldenFiles)('%s', name => {
  const golden = goldenCase(name)

  test('is of the form that its schema describes', () => {
    valid(golden)
    expect(valid.errors).toBeNull()
    expect(golden.queries.length + (golden.groups ?? []).length + golden.findings.length).toBeGreaterThan(0)
  })

  if (golden.groups !== undefined)
    test('the slow evaluator gives pods these groups', () => {
      for (const { pod, expect: wanted } of golden.groups ?? []) {
        const object = golden.kubernetes.find(({ kind, metadata }) => kind === 'Pod' && `${metadata.namespace}/${metadata.name}` === pod)
        expect(object, pod).toBeDefined()
        expect(groupsOfPolicies(golden.kubernetes, podOf(object as NonNullable<typeof object>)), pod).toEqual(wanted)
      }
    })

  if (golden.queries.length > 0)
    test('the slow evaluator answers as expected', () => {
      for (const query of golden.queries) {
        const { verdict, layers } = oracle(worldOf(golden, query), query)
        expect({ query: says(query), verdict }).toEqual({ query: says(query), verdict: query.expect.verdict })
        const { denyingLayer } = query.expect
        if (denyingLayer === undefined) continue
        const denying = layers.filter(layer => layer.verdict === 'deny').flatMap(({ layer }) => layerOf[layer])
        expect({ query: says(query), denying }).toEqual({ query: says(query), denying: expect.arrayContaining([denyingLayer]) as unknown })
      }
    })

  if (golden.queries.length > 0)
    test('the engine answers as expected', () => {
      for (const query of golden.queries) {
        const { settings: _, expect: wanted, ...question } = query
        const { verdict, layers } = compileNetwork(networkInputOf(worldOf(golden, query))).answer(question as Question)
        expect({ query: says(query), verdict }).toEqual({ query: says(query), verdict: wanted.verdict })
        if (wanted.denyingLayer === undefined) continue
        const denying = layers.filter(layer => layer.verdict === 'deny').map(({ layer }) => layer)
        expect({ query: says(query), denying }).toEqual({
          query: says(query),
          denying: expect.arrayContaining([wanted.denyingLayer]) as unknown,
        })
      }
    })
})
