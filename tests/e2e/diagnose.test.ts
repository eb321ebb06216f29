import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const schema = (name: string) => JSON.parse(readFileSync(join(root, `docs/schemas/${name}.schema.json`), 'utf8')) as object
ajv.addSchema(schema('outcome'))
const validate = ajv.compile({ ...schema('diagnosis'), unevaluatedProperties: false })

const shop = 'examples/shop'
const refused = 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity status code: 403'
const conflict =
  'Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: DaemonSet.apps aws-guardduty-agent - .spec.template.spec.containers[name="aws-guardduty-agent"].image'
const masked =
  'MountVolume.SetUp failed for volume "s" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod orders/tax-1, err: rpc error: code = Unknown desc = Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: orders/tax-rates'

interface Told {
  readonly answer: string
  readonly cause?: { readonly check: string; readonly finding: { readonly fix?: object } }
  readonly ruledOut: readonly { readonly joint: string; readonly link: string; readonly evidence?: object }[]
  readonly followed?: { readonly symptom: string; readonly parameters: object }
}

async function diagnosed(args: readonly string[], code: number): Promise<Told> {
  const ran = await runMortise(['diagnose', ...args, '--format', 'json'])
  expect(ran.code, ran.stderr).toBe(code)
  const told: unknown = JSON.parse(ran.stdout)
  expect(validate(told), JSON.stringify(validate.errors)).toBe(true)
  return told as Told
}

describe('mortise diagnose', { timeout: 120_000 }, () => {
  it('names the link that explains a text, with its proof, its fix, and what it is not', async () => {
    const told = await diagnosed(['sts/ledger', shop, '-n', 'payments', '--error', refused], 1)
    expect(told.cause?.check).toBe('irsa/trust-wrong-issuer')
    expect(told.cause?.finding.fix).toBeDefined()
    expect(told.ruledOut.map(({ joint, link }) => `${joint}/${link}`)).toEqual(
      expect.arrayContaining(['irsa/issuer', 'irsa/provider', 'irsa/role']),
    )
    expect(told.ruledOut.filter(({ evidence }) => evidence === undefined)).toEqual([])
  })
  it('finds behind a text that hides its cause what it hides', async () => {
    const told = await diagnosed(['deploy/tax', shop, '-n', 'orders', '--error', masked], 1)
    expect(told.followed).toMatchObject({ symptom: 'no-region-answered', parameters: { secret: 'orders/tax-rates' } })
    expect(told.cause?.check).toBe('secrets-store/read-denied')
  })
  it('does not blame a break that the text does not speak of', async () => {
    const told = await diagnosed(['sts/ledger', shop, '-n', 'payments', '--error', 'pod has unbound immediate PersistentVolumeClaims'], 3)
    expect(told).toMatchObject({ answer: 'unknown-text', alsoBroken: [{ check: { id: 'irsa/trust-wrong-issuer' } }] })
  })
  it('of a client tells its own flow, and not that of another one to the same server', async () => {
    const told = await diagnosed(['deploy/web', shop, '-n', 'shop', '--error', 'dial tcp 172.20.81.7:80: i/o timeout'], 1)
    expect(told.cause?.check).toBe('security-groups-for-pods/flow-denied-by-group')
    const other = await diagnosed(['deploy/status-page', shop, '-n', 'platform', '--error', 'connect ETIMEDOUT 10.0.1.21:8080'], 1)
    expect(other.cause?.check).toBe('network-policy/flow-denied-by-policy')
  })
  it('of a workload that is well finds nothing', async () => {
    expect(await diagnosed(['deploy/receipts', shop, '-n', 'orders'], 0)).toMatchObject({ answer: 'well', alsoBroken: [] })
  })
  it('follows what EKS says of the add-on that a workload is part of, and says where that stands', async () => {
    const world = readFileSync(join(root, 'tests/diagnose/guardduty.yaml'), 'utf8')
    const health = JSON.stringify({ issues: [{ code: 'ConfigurationConflict', message: conflict }] })
    const stdin = world.replace('status: ACTIVE', `status: UPDATE_FAILED\nhealth: ${health}`)
    const ran = await runMortise(['diagnose', 'ds/aws-guardduty-agent', shop, '-', '-n', 'amazon-guardduty', '--format', 'json'], { stdin })
    expect({ code: ran.code, told: JSON.parse(ran.stdout) as object }).toMatchObject({
      code: 1,
      told: {
        cause: { check: 'guardduty/addon-unhealthy' },
        followed: { symptom: 'configuration-conflict', text: conflict, evidence: { path: '.health.issues[0].message' } },
      },
    })
  })
  it('tells what a text means without a world, and does not know one that nobody does', async () => {
    expect(await diagnosed(['--error', 'provider not found: provider "aws"'], 1)).toMatchObject({ answer: 'told' })
    expect(await diagnosed(['--error', 'out of cheese'], 3)).toMatchObject({ answer: 'unknown-text' })
  })
  it('looks through a log', async () => {
    const ran = await runMortise(['diagnose', '--logs', '-', '--format', 'json'], { stdin: `starting\nerror: ${refused}\nbye\n` })
    expect({ code: ran.code, told: JSON.parse(ran.stdout) as object }).toMatchObject({
      code: 1,
      told: { followed: { symptom: 'token-refused' } },
    })
  })
  it('prints one answer of a screen', async () => {
    const ran = await runMortise(['diagnose', 'sts/ledger', shop, '-n', 'payments', '--error', refused], { env: { COLUMNS: '80' } })
    expect(ran.stdout).toMatch(/^sts\/ledger in payments · the cause is at link trust of irsa\n/)
    expect(ran.stdout).toContain('ruled out:')
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe('next: mortise explain sts/ledger -n payments')
  })
  it('wants something to go by', async () => {
    expect((await runMortise(['diagnose'])).stderr).toContain('NOTHING_TO_DIAGNOSE')
  })
})
