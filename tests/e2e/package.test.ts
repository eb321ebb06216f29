import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './run-mortise.ts'

/** The package as users get it: packed, installed into an empty folder, and run from there. */
const folder = mkdtempSync(join(tmpdir(), 'mortise-package-'))
const home = join(folder, 'home')
const tarballs = join(folder, 'tarballs')
const installed = join(home, 'node_modules/mortise')

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}
let packed: Packed | undefined

function run(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', input: '', env: { ...process.env, ...env } })
  return { status, stdout, stderr, said: `${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}` }
}

const mortise = (args: readonly string[], env?: Readonly<Record<string, string>>) =>
  run(join(home, 'node_modules/.bin/mortise'), args, home, env)

beforeAll(() => {
  mkdirSync(home)
  // Without it npm would install into whatever folder above has one.
  writeFileSync(join(home, 'package.json'), '{ "private": true }')
  mkdirSync(tarballs)
  const built = run('npm', ['run', 'build'], root)
  expect(built.status, built.said).toBe(0)
  const pack = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs], root)
  expect(pack.status, pack.said).toBe(0)
  packed = (JSON.parse(pack.stdout) as readonly Packed[])[0]
  const install = run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(tarballs, packed?.filename ?? '')], home)
  expect(install.status, install.said).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the published package', () => {
  it('holds plain JavaScript, the examples and the schemas, and nothing else of the house', () => {
    const files = packed?.files.map(file => file.path) ?? []
    for (const file of ['dist/cli/main.js', 'LICENSE', 'NOTICE', 'README.md', 'CHANGELOG.md', 'examples/shop/README.md'])
      expect(files).toContain(file)
    expect(files.filter(file => file.startsWith('docs/schemas/')).length).toBeGreaterThan(0)
    const known =
      /^(dist\/.*\.(js|json)|dist\/joints\/.*\/docs\.md|examples\/.*|docs\/schemas\/.*\.json|package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md)$/
    expect(files.filter(file => !known.test(file))).toEqual([])
    expect(files.filter(file => file.includes('.test.'))).toEqual([])
  })
  it('is clean for publint', () => {
    const lint = run(join(root, 'node_modules/.bin/publint'), ['run', '--strict', join(tarballs, packed?.filename ?? '')], root)
    expect(lint.status, lint.said).toBe(0)
  })
  it('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
    expect(mortise(['--version']).stdout.trim()).toBe(version)
  })
  it('scans the bundled company', () => {
    const scan = mortise(['scan', join(installed, 'examples/shop'), '--format', 'json'])
    expect(scan.status, scan.said).toBe(1)
    expect((JSON.parse(scan.stdout) as { readonly findings: readonly unknown[] }).findings.length).toBeGreaterThan(0)
  })
  it('explains one workload of it', () => {
    const explain = mortise(['explain', 'sts/ledger', join(installed, 'examples/shop'), '-n', 'payments'])
    expect(explain.status, explain.said).toBe(1)
    expect(explain.stdout).toContain('sts/ledger in payments')
  })
  it('has the page of every check', () => {
    const checks = JSON.parse(mortise(['checks', '--format', 'json']).stdout) as readonly { readonly id: string }[]
    expect(checks.length).toBeGreaterThan(0)
    const files = new Set(packed?.files.map(file => file.path))
    const pages = checks.filter(({ id }) => ![...files].some(file => file.startsWith('dist/joints/') && file.endsWith(`/${id}/docs.md`)))
    expect(pages.map(({ id }) => id)).toEqual([])
    for (const [, [first]] of Map.groupBy(checks, ({ id }) => id.slice(0, id.indexOf('/')))) {
      const page = mortise(['checks', first?.id ?? ''])
      expect(page.status, page.said).toBe(0)
    }
  })
  it('loads its clients for a live scan, and says in one line what is missing', () => {
    const scan = mortise(['scan'], { KUBECONFIG: join(home, 'nowhere') })
    expect(scan.status, scan.said).toBe(2)
    expect(scan.stderr).toMatch(/^error\[/)
    expect(scan.stderr).not.toMatch(/^\s+at /m)
  })
})
