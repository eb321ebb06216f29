import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadAll } from 'js-yaml'
import { generateWorld, worldText } from './generate-world.ts'
import type { WorldSize } from './workload-sorts.ts'

/**
 * Offline scans of generated worlds as whole processes of the built package, beside two bounds taken in the same run: the stated budget, and `js-yaml` alone parsing the
 * same bytes, which is what a reader of all of YAML takes. Processor time is of all threads: less is waited for than that. Prints JSON.
 */
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const preload = fileURLToPath(new URL('./report-usage.ts', import.meta.url))
const runs = 5

interface Case {
  readonly name: string
  readonly size: WorldSize
  readonly budget?: { readonly seconds: number; readonly megabytes: number }
}

const cases: readonly Case[] = [
  { name: '5,000 resources', size: { pods: 1_330, serviceAccounts: 165, roles: 50 }, budget: { seconds: 2, megabytes: 400 } },
  {
    name: '10,000 pods, 1,000 service accounts, 300 roles',
    size: { pods: 10_000, serviceAccounts: 1_000, roles: 300 },
    budget: { seconds: 5, megabytes: 600 },
  },
  { name: '2×', size: { pods: 20_000, serviceAccounts: 2_000, roles: 600 } },
  { name: '4×', size: { pods: 40_000, serviceAccounts: 4_000, roles: 1_200 } },
]

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const rounded = (value: number): number => Math.round(value * 1000) / 1000

function timed(command: readonly string[], environment: Record<string, string> = {}): number {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, command, {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0 && status !== 1) throw new Error(`exit ${status}: ${stderr}`)
  return (performance.now() - began) / 1000
}

function measure(folder: string, { name, size, budget }: Case) {
  const world = generateWorld(size)
  const text = worldText(world)
  const file = join(folder, 'world.yaml')
  const usage = join(folder, 'usage.json')
  writeFileSync(file, text)
  const began = performance.now()
  loadAll(text)
  const parse = (performance.now() - began) / 1000
  const seconds: number[] = []
  const megabytes: number[] = []
  const processorSeconds: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const command = ['--import', preload, main, 'scan', file, '--format', 'json', '--output', join(folder, 'out.json')]
    seconds.push(timed(command, { MORTISE_BENCH_USAGE: usage }))
    const used = JSON.parse(readFileSync(usage, 'utf8')) as { readonly peakMegabytes: number; readonly processorSeconds: number }
    megabytes.push(used.peakMegabytes)
    processorSeconds.push(used.processorSeconds)
  }
  return {
    name,
    resources: world.length - 1,
    inputMegabytes: rounded(text.length / 1e6),
    seconds: rounded(median(seconds)),
    processorSeconds: rounded(median(processorSeconds)),
    megabytes: rounded(median(megabytes)),
    ofParsingAlone: rounded(median(seconds) / parse),
    ...(budget === undefined
      ? {}
      : { ofBudget: { seconds: rounded(median(seconds) / budget.seconds), megabytes: rounded(median(megabytes) / budget.megabytes) } }),
  }
}

const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'))
try {
  const help: number[] = []
  const bare: number[] = []
  for (let run = 0; run < 11; run += 1) {
    help.push(timed([main, '--help']))
    bare.push(timed(['-e', '0']))
  }
  const report = {
    node: process.version,
    help: { seconds: rounded(median(help)), ofBudget: rounded(median(help) / 0.1), ofNodeAlone: rounded(median(help) / median(bare)) },
    scans: cases.map(item => measure(folder, item)),
  }
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
