import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

/** The bundled company's README says what is wrong in it; a scan must say just that. */
const readme = readFileSync(`${root}examples/shop/README.md`, 'utf8')
const rows = [...readme.matchAll(/^\| (?:node |namespace )?`([^`]+)`\s*\|[^|]*\| `([a-z-]+\/[a-z0-9-]+)`/gm)].map(
  ([, who = '', check = '']) => ({
    who,
    check,
  }),
)

interface Report {
  readonly findings: readonly {
    readonly check: { readonly id: string }
    readonly severity: string
    readonly message: string
    readonly subject: { readonly text: string }
    readonly workloads: readonly string[]
  }[]
  readonly chains: readonly { readonly subject: string; readonly joint: string; readonly state: string }[]
}

async function scan(...args: readonly string[]): Promise<Report> {
  const ran = await runMortise(['scan', 'examples/shop', '--format', 'json', ...args])
  expect(ran.code, ran.stderr).toBe(1)
  return JSON.parse(ran.stdout) as Report
}

const folder = mkdtempSync(join(tmpdir(), 'mortise-shop-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('examples/shop', () => {
  it('has in it what its README says, and nothing else of weight', async () => {
    const { findings } = await scan()
    expect(rows.length).toBeGreaterThan(15)
    expect(
      findings
        .filter(finding => finding.severity !== 'info')
        .map(finding => finding.check.id)
        .sort(),
    ).toEqual(rows.map(row => row.check).sort())
    for (const { who, check } of rows.filter(row => row.who.includes('/'))) {
      const [namespace = '', name = ''] = who.split('/')
      const texts = findings
        .filter(finding => finding.check.id === check)
        .map(finding => `${finding.message} ${finding.subject.text} ${finding.workloads.join(' ')}`)
      expect(
        texts.some(text => text.includes(name) && text.includes(namespace)),
        `${check} on ${who}`,
      ).toBe(true)
    }
  })
  it('has the healthy chains that its README names', async () => {
    const { chains } = await scan()
    const holding = chains.filter(chain => chain.state === 'holds').map(chain => chain.subject)
    for (const healthy of ['deploy/web in shop', 'deploy/autoscaler in platform', 'deploy/checkout in orders'])
      expect(holding).toContain(healthy)
  })
  it('is the same twice', async () => {
    const [first, second] = await Promise.all([runMortise(['scan', 'examples/shop']), runMortise(['scan', 'examples/shop'])])
    expect(first.stdout).toBe(second.stdout)
  })
  it('is the same from its snapshot', async () => {
    const snapshot = join(folder, 'world.yaml')
    const whole = await scan('--save', snapshot)
    const ran = await runMortise(['scan', '--from', snapshot, '--format', 'json'])
    const again = JSON.parse(ran.stdout) as Report
    expect(again.findings.map(finding => [finding.check.id, finding.message])).toEqual(
      expect.arrayContaining(whole.findings.map(finding => [finding.check.id, finding.message])),
    )
    expect(again.findings).toHaveLength(whole.findings.length)
    expect(again.chains.map(({ subject, joint, state }) => [subject, joint, state])).toEqual(
      whole.chains.map(({ subject, joint, state }) => [subject, joint, state]),
    )
  })
  it.each([
    ['sa/shop/web', 's3:GetObject', 'arn:aws:s3:::partner-exports/q3.csv', 0, 'inline policy work of role shop-web'],
    ['sa/shop/search', 'kms:Decrypt', 'alias/payments', 1, 'the permissions boundary does not allow it'],
    [
      'sa/orders/checkout',
      'secretsmanager:GetSecretValue',
      'arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf',
      1,
      'EuropeOnly',
    ],
    ['sa/payments/ledger', 'kms:Decrypt', 'alias/payments', 1, 'it gets no AWS session'],
  ])('answers whether %s may %s on %s', async (principal, action, resource, code, words) => {
    const ran = await runMortise(['can', principal, action, resource, 'examples/shop'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(code)
    expect(ran.stdout.replace(/\s+/g, ' ')).toContain(words)
  })
})
