import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runMortise, type Ran } from './run-mortise.ts'

/** Whatever is wrong with the input: one clear word on what and where and what next, the right exit code, no stack, and no hanging. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-e2e-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const noStack = ({ stdout, stderr }: Ran) => expect(`${stdout}${stderr}`).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)

async function refuses(args: readonly string[], ...says: readonly (string | RegExp)[]): Promise<void> {
  const ran = await runMortise(args)
  expect(ran.code, ran.stderr).toBe(2)
  for (const text of says) expect(ran.stderr).toMatch(text)
  noStack(ran)
}

const serviceAccount = (name: string, annotations = '') => `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
  namespace: payments
${annotations}`

describe('the command line', () => {
  it('names a wrong flag and the one that is near', () => refuses(['scan', '--formt', 'json'], '--formt', '--format'))
  it('names a wrong value and those that there are', () => refuses(['scan', '--format', 'xml'], 'xml', 'sarif'))
  it('names an unknown command and the one that is near', () => refuses(['scam'], 'scam', 'scan'))
  it('names an unknown check and the one that is near', () =>
    refuses(['scan', 'examples/shop', '--check', 'irsa/role-mising'], 'irsa/role-mising', 'irsa/role-missing'))
  it('names an unknown joint', () => refuses(['scan', 'examples/shop', '--joint', 'isra'], 'isra', 'irsa'))
  it('refuses -n with -A', () => refuses(['scan', 'examples/shop', '-n', 'a', '-A'], '--all-namespaces'))
})

describe('files', () => {
  it('a missing folder', () => refuses(['scan', join(folder, 'nowhere')], 'nowhere', 'help'))
  it('an empty folder', async () => {
    mkdirSync(join(folder, 'empty'))
    await refuses(['scan', join(folder, 'empty')], 'empty')
  })
  it('a binary file', async () => {
    const ran = await runMortise(['scan', file('binary.yaml', Buffer.from([0, 1, 2, 255, 254, 0, 7]))])
    expect(ran.stdout + ran.stderr).toContain('binary.yaml')
    expect(ran.code).toBe(2)
    noStack(ran)
  })
  it('a broken document does not hide the good one beside it', async () => {
    const path = file(
      'half.yaml',
      `${serviceAccount('good', '  annotations:\n    eks.amazonaws.com/role-arn: nonsense\n')}---\nkind: ServiceAccount\nmetadata: {name: [\n`,
    )
    const ran = await runMortise(['scan', path])
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('irsa/role-arn-malformed')
    expect(ran.stdout).toMatch(/half\.yaml:\d+:\d+/)
    noStack(ran)
  })
  it('a broken document makes what it may have held unknown, never absent', async () => {
    const text = `kind: mortise/World\nversion: 1\ncluster: prod\nread: [k8s/ServiceAccount, aws/iam/Role]\n---\n${serviceAccount('reader', '  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/r\n')}---\nkind: aws/iam/Role\nArn: [\n`
    const ran = await runMortise(['scan', file('unknown.yaml', text), '--check', 'irsa/role-missing', '--format', 'json'])
    const outcome = JSON.parse(ran.stdout) as { findings: unknown[]; unknowns: unknown[]; problems: unknown[] }
    expect(outcome.findings).toEqual([])
    expect(outcome.unknowns).toHaveLength(1)
    expect(outcome.problems).toHaveLength(1)
  })
  it('an alias bomb', async () => {
    const levels = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}, *a${level}]`).join('\n')
    const ran = await runMortise(['scan', file('bomb.yaml', `a0: &a0 [x]\n${levels}\nkind: ServiceAccount\n`)])
    expect(ran.stdout + ran.stderr).toContain('bomb.yaml')
    noStack(ran)
  }, 20_000)
  it('a cyclic anchor', async () => {
    const ran = await runMortise(['scan', file('cycle.yaml', 'kind: ServiceAccount\nmetadata: &m\n  name: x\n  annotations: *m\n')])
    expect(ran.stdout + ran.stderr).toContain('cycle.yaml')
    noStack(ran)
  })
  it('a key that is written twice', async () => {
    const ran = await runMortise(['scan', file('twice.yaml', `${serviceAccount('x')}  name: y\n`)])
    expect(ran.stdout + ran.stderr).toMatch(/twice\.yaml:6/)
    noStack(ran)
  })
  it('a tab where YAML wants spaces', async () => {
    const ran = await runMortise(['scan', file('tab.yaml', 'kind: ServiceAccount\nmetadata:\n\tname: x\n')])
    expect(ran.stdout + ran.stderr).toMatch(/tab\.yaml:3/)
    noStack(ran)
  })
  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
  ])('%s changes no verdict', async (name, change) => {
    const text = serviceAccount('reader', '  annotations:\n    eks.amazonaws.com/role-arn: nonsense\n')
    const plain = await runMortise(['scan', file('plain.yaml', text), '--format', 'json'])
    const changed = await runMortise(['scan', file('plain.yaml', change(text)), '--format', 'json'])
    const fingerprints = (ran: Ran) =>
      (JSON.parse(ran.stdout) as { findings: { fingerprint: string }[] }).findings.map(finding => finding.fingerprint)
    expect(fingerprints(changed), name).toEqual(fingerprints(plain))
    expect(fingerprints(plain)).toHaveLength(1)
  })
  it('an annotation of a megabyte', async () => {
    const long = 'x'.repeat(1_000_000)
    const ran = await runMortise([
      'scan',
      file('long.yaml', serviceAccount('reader', `  annotations:\n    eks.amazonaws.com/role-arn: ${long}\n`)),
    ])
    expect(ran.code).toBe(1)
    expect(ran.stdout.length).toBeLessThan(20_000)
    expect(ran.stdout.split('\n').every(line => line.length <= 200)).toBe(true)
  })
  it('a policy document that is not JSON', async () => {
    const text = `kind: mortise/World\nversion: 1\ncluster: prod\nread: [k8s/ServiceAccount, aws/iam/Role]\n---\nkind: aws/iam/Role\nArn: arn:aws:iam::111122223333:role/r\nRoleName: r\nAssumeRolePolicyDocument: "{nonsense"\n---\n${serviceAccount('reader', '  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/r\n')}`
    const ran = await runMortise(['scan', file('policy.yaml', text)])
    expect(ran.stdout + ran.stderr).toMatch(/policy\.yaml:9/)
    expect(ran.stdout).not.toContain('trust-does-not-match]')
    noStack(ran)
  })
  it('a file that may not be read', async () => {
    if (process.getuid?.() === 0) return
    const path = file('secret.yaml', 'kind: x')
    chmodSync(path, 0)
    await refuses(['scan', path], 'secret.yaml')
  })
  it('a folder that links to itself', async () => {
    const loop = join(folder, 'loop')
    mkdirSync(loop)
    writeFileSync(join(loop, 'a.yaml'), serviceAccount('x'))
    symlinkSync(loop, join(loop, 'again'))
    const ran = await runMortise(['scan', loop])
    expect(ran.code).toBe(0)
  })
  it('an output that cannot be written keeps what was there', async () => {
    await refuses(['scan', 'examples/shop', '--output', join(folder, 'no', 'such', 'folder.json')], 'cannot write')
  })
})

describe('live sources', () => {
  it('an unknown context names those that there are', async () => {
    const kubeconfig = file(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
      }),
    )
    await refuses(['scan', '--kubeconfig', kubeconfig, '--context', 'prd'], 'prd', 'prod')
  })
  it('an unreachable cluster names its server', async () => {
    const kubeconfig = file(
      'unreachable',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'prod',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
      }),
    )
    await refuses(['scan', '--kubeconfig', kubeconfig], '127.0.0.1:1')
  })
  it('no kubeconfig at all', () => refuses(['scan'], 'kubeconfig'))
  it('no credentials for AWS', async () => {
    const path = file(
      'account.yaml',
      serviceAccount('reader', '  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/r\n'),
    )
    await refuses(['scan', path, '--region', 'eu-west-1'], /credentials/)
  })
  it('Ctrl-C ends a read at once', async () => {
    const silent = createServer()
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = silent.address() as { port: number }
      const kubeconfig = file(
        'silent',
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'prod',
          clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
          users: [{ name: 'u', user: {} }],
          contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
        }),
      )
      // Before it reads nothing listens for Ctrl-C, and the signal ends the process as it ends any other.
      const reads = new Promise(resolve => silent.once('connection', resolve))
      const ran = await runMortise(['scan', '--kubeconfig', kubeconfig, '--no-aws'], { interruptWhen: reads })
      expect(ran.code).toBe(130)
      expect(ran.stderr).toContain('interrupted')
      noStack(ran)
    } finally {
      silent.close()
    }
  }, 20_000)
})
