import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

/** With every property that a schema does not describe forbidden, so that one that is added is described as well. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  const { properties } = closed as { readonly properties?: object }
  if (properties === undefined || 'Version' in properties) return closed
  return { ...closed, additionalProperties: false }
}

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const schemas = ['who-can', 'access-listing', 'minimal-access'] as const
const validators = new Map<string, ReturnType<typeof ajv.compile>>(
  schemas.map(name => {
    const text = readFileSync(join(root, `docs/schemas/${name}.schema.json`), 'utf8')
    return [name, ajv.compile(strict(JSON.parse(text)) as object)]
  }),
)
const folder = mkdtempSync(join(tmpdir(), 'mortise-schemas-'))
afterAll(() => rmSync(folder, { recursive: true }))

const world = join(root, 'tests/e2e/access/world.yaml')
const shop = 'examples/shop'
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['who-can', ['who-can', 's3:GetObject', 'arn:aws:s3:::reports/a', world]],
  ['who-can', ['who-can', 'kms:Decrypt', 'alias/payments', world]],
  ['who-can', ['who-can', 'kms:DeleteAlias', 'alias/payments', world]],
  ['who-can', ['who-can', 's3:GetObject', 'arn:aws:s3:::archive/a', world]],
  ['who-can', ['who-can', 's3:GetObject', 'arn:aws:s3:::partner-exports/q3.csv', shop]],
  ['access-listing', ['access', 'sa/payments/reader', world]],
  ['access-listing', ['access', 'sa/payments/ledger', shop]],
  ['access-listing', ['access', 'sa/shop/search', shop]],
  ['minimal-access', ['access', '--minimal', 'sa/payments/reader', world]],
  ['minimal-access', ['access', '--minimal', 'sa/kube-system/aws-node', world]],
]

describe('what who-can and access print as JSON', () => {
  it.each(cases)('is as schema %s says: %j', async (schema, args) => {
    const ran = await runMortise([...args, '--format', 'json'])
    expect(ran.stdout, ran.stderr).not.toBe('')
    const validate = validators.get(schema)
    expect(validate?.(JSON.parse(ran.stdout)), JSON.stringify(validate?.errors)).toBe(true)
  })
  it.each([
    ['can', ['sa/shop/web', 's3:GetObject', 'arn:aws:s3:::partner-exports/q3.csv']],
    ['who-can', ['s3:GetObject', 'arn:aws:s3:::partner-exports/q3.csv']],
    ['access', ['sa/shop/web']],
  ])('%s answers the same from what it saved', async (command, args) => {
    const file = join(folder, `${command}.yaml`)
    const live = await runMortise([command, ...args, shop, '--format', 'json', '--save', file])
    const saved = await runMortise([command, ...args, '--from', file, '--format', 'json'])
    expect(saved.code, saved.stderr).toBe(live.code)
    const unplaced = (text: string) => text.replaceAll(/"(?:file|line|column|endColumn)": .*\n/g, '')
    expect(unplaced(saved.stdout)).toBe(unplaced(live.stdout))
  })
})
