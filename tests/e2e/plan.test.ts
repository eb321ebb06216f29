import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

const shop = join(root, 'examples/shop')
const isPlan = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/schemas/plan.schema.json'), 'utf8')) as object,
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-plan-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function blueprint(reads: readonly string[], account = 'orders/billing'): string {
  const file = join(folder, 'mortise.yaml')
  writeFileSync(file, `cluster: shop-prod\nworkloads:\n  ${account}:\n    reads: [${reads.join(', ')}]\n`)
  return file
}

it('plans a service account, a role for it alone, and the association, in this order', async () => {
  const out = join(folder, 'plan.json')
  const ran = await runMortise(['plan', blueprint(['secret/payments/db', 's3/reports/*']), shop, '--out', out])
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 1, stderr: '' })
  const plan = JSON.parse(readFileSync(out, 'utf8')) as {
    readonly id: string
    readonly steps: readonly { readonly change: { readonly target: { readonly kind: string } } }[]
  }
  expect(isPlan(plan), JSON.stringify(isPlan.errors)).toBe(true)
  expect(plan.steps.map(({ change }) => change.target.kind)).toEqual([
    'k8s/ServiceAccount',
    'aws/iam/Role',
    'aws/eks/PodIdentityAssociation',
  ])
  expect(ran.stdout).toContain(plan.id)
  expect(ran.stdout.split('\n').every(line => line.length <= 80)).toBe(true)
})

it('is the same plan twice', async () => {
  const args = ['plan', blueprint(['s3/reports/*']), shop, '--format', 'json'] as const
  expect((await runMortise(args)).stdout).toBe((await runMortise(args)).stdout)
})

it('a secret that does not exist is told where it is named', async () => {
  const ran = await runMortise(['plan', blueprint(['secret/payments/bd']), shop])
  expect(ran.code).toBe(2)
  expect(ran.stderr).toContain('mortise.yaml:4:13')
  expect(ran.stderr).toContain('did you mean payments/db?')
})

it('nothing unread is planned over', async () => {
  const world = join(folder, 'cluster.yaml')
  const text = readFileSync(join(shop, 'aws/cluster.yaml'), 'utf8')
  writeFileSync(world, text)
  const ran = await runMortise(['plan', blueprint(['s3/reports/*']), world])
  expect(ran.code).toBe(3)
  expect(ran.stdout).toContain('not planned: orders/billing')
})

it('a journal that a crash left empty is no run', async () => {
  mkdirSync(join(folder, 'home/runs'), { recursive: true })
  writeFileSync(join(folder, 'home/runs/20260101T000000-a1b2c3.ndjson'), '')
  expect(await runMortise(['undo', '--list', '--home', join(folder, 'home')])).toMatchObject({ code: 0, stdout: 'there are no runs\n' })
})

it('the example is planned in every joint that its company has, whole lines at 80 columns', async () => {
  const ran = await runMortise(['plan', join(root, 'examples/mortise.yaml'), shop])
  expect(ran.stderr).toBe('')
  const made = [...ran.stdout.matchAll(/= makes: ([\w-]+):/g)].map(([, joint]) => joint)
  expect(new Set(made)).toEqual(
    new Set([
      'cluster-access',
      'pod-identity',
      'secrets-store',
      'ebs-encryption',
      'container-insights',
      'guardduty',
      'security-groups-for-pods',
      'network-policy',
    ]),
  )
  expect(ran.stdout.split('\n').filter(line => line.length > 80)).toEqual([])
})
