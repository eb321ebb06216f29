import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { UserError } from '#base/errors.ts'
import { parseBlueprint } from './read-blueprint.ts'

const isBlueprint = new Ajv2020().compile(JSON.parse(readFileSync('docs/schemas/blueprint.schema.json', 'utf8')) as object)

const whole = `cluster: prod
workloads:
  payments/reader:
    identity: pod-identity
    reads: [secret/payments/db, s3/reports/2026/*]
  shop/web: {}
`

test('says what each service account reads', () => {
  expect(isBlueprint(parse(whole))).toBe(true)
  expect(parseBlueprint(whole, 'mortise.yaml')).toEqual({
    cluster: 'prod',
    workloads: [
      {
        namespace: 'payments',
        serviceAccount: 'reader',
        identity: 'pod-identity',
        where: 'mortise.yaml:3:3',
        reads: [
          { is: 'secret', name: 'payments/db', where: 'mortise.yaml:5:13' },
          { is: 's3', bucket: 'reports', keys: '2026/*', where: 'mortise.yaml:5:33' },
        ],
      },
      { namespace: 'shop', serviceAccount: 'web', where: 'mortise.yaml:6:3', reads: [] },
    ],
  })
})

test.each([
  ['', 'a blueprint must be a map', 'b:1:1'],
  ['cluster: prod', 'workloads is missing', 'b:1:1'],
  ['workloads: {}', 'cluster is missing', 'b:1:1'],
  ['cluster: 3\nworkloads: {}', 'cluster must be a text', 'b:1:10'],
  ['cluster: prod\nworklods: {}', 'a blueprint has no worklods', 'b:2:1'],
  ['cluster: prod\nworkloads:\n  reader: {}', 'reader names no service account', 'b:3:3'],
  ['cluster: prod\nworkloads:\n  a/b: { identity: pod }', 'identity is irsa or pod-identity, not pod', 'b:3:20'],
  ['cluster: prod\nworkloads:\n  a/b: { raeds: [] }', 'a/b has no raeds', 'b:3:10'],
  ['cluster: prod\nworkloads:\n  a/b: { reads: secret/x }', 'reads must be a list', 'b:3:17'],
  ['cluster: prod\nworkloads:\n  a/b: { reads: [rds/x] }', 'rds/x is nothing that can be read', 'b:3:18'],
  ['cluster: prod\nworkloads:\n  a/b: { reads: [s3/x] }', 's3/x is nothing that can be read', 'b:3:18'],
  ['cluster: [', 'Flow sequence in block', 'b:1:11'],
])('%j is refused where it is wrong', (text, message, where) => {
  const refused = (): unknown => {
    try {
      return parseBlueprint(text, 'b')
    } catch (error) {
      return error
    }
  }
  const error = refused()
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ code: 'BAD_BLUEPRINT', message: expect.stringContaining(message) as string, where })
})
