import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { root, runMortise } from './run-mortise.ts'

const shop = join(root, 'examples/shop')
const isBlueprint = new Ajv2020().compile(JSON.parse(readFileSync(join(root, 'docs/schemas/blueprint.schema.json'), 'utf8')) as object)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-init-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('declares what exists, each part as a plan reads it, and says what it leaves out', async () => {
  const ran = await runMortise(['init', shop])
  expect(ran.code).toBe(3)
  const blueprint = parse(ran.stdout) as { readonly workloads: Readonly<Record<string, unknown>> }
  expect(isBlueprint(blueprint), JSON.stringify(isBlueprint.errors)).toBe(true)
  expect(blueprint).toMatchObject({
    cluster: 'shop-prod',
    workloads: {
      'payments/reader': { identity: 'irsa', reads: ['secret/payments/db'] },
      'orders/checkout': { identity: 'pod-identity', reads: ['s3/shop-orders-checkout/*'] },
      'orders/receipts': { identity: 'irsa', mounts: { 'orders/smtp': '/var/run/secrets/smtp' } },
    },
    logs: { insights: true, controlPlane: ['api', 'audit'] },
    detection: { guardduty: ['audit-logs', 'runtime'] },
    access: { 'arn:aws:iam::111122223333:role/platform-team': { policies: { AmazonEKSClusterAdminPolicy: 'cluster' } } },
  })
  expect(Object.keys(blueprint.workloads)).not.toContain('payments/partner-sync')
  expect(ran.stdout).toContain('# payments/partner-sync: not read: aws/iam/Role account 777788889999 was not read')
  expect(ran.stdout).toContain('# analytics/etl: its role arn:aws:iam::111122223333:role/analytics-elt does not exist.')
})

it('writes over nothing unless told to', async () => {
  const file = join(folder, 'mortise.yaml')
  writeFileSync(file, 'mine')
  const refused = await runMortise(['init', shop, '--out', file])
  expect({ code: refused.code, text: readFileSync(file, 'utf8') }).toEqual({ code: 2, text: 'mine' })
  expect(refused.stderr).toContain('exists already')
  await runMortise(['init', shop, '--out', file, '--force'])
  expect(readFileSync(file, 'utf8')).toContain('cluster: shop-prod')
})

it('of several clusters it asks which', async () => {
  const world = join(folder, 'clusters.yaml')
  const text = readFileSync(join(shop, 'aws/cluster.yaml'), 'utf8')
  writeFileSync(world, `${text}\n---\n${text.replaceAll('shop-prod', 'shop-test')}`)
  const ran = await runMortise(['init', world])
  expect(ran.code).toBe(2)
  expect(ran.stderr).toMatch(/name one with --cluster: shop-prod, shop-test/)
})
