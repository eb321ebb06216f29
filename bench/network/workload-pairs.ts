/*
 * Every workload to every other one at all ports, from manifests alone: side by side with another tool on the same files, when it is on PATH (see
 * netpol-analyzer.ts). Both are processes that read the files, work it out and print it; what they say of each pair is compared.
 * JSON on stdout; exits 1 when they differ. Linux. `node -C source bench/network/workload-pairs.ts [workloads[/policies]...]`
 */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askPeer, findPeer, type Connections } from './netpol-analyzer.ts'
import { runMeasured } from './run-measured.ts'
import { writeManifests } from './write-manifests.ts'

const rounds = 3
const ours = join(import.meta.dirname, 'list-connections.ts')

async function askOurs(files: readonly string[]): Promise<Connections> {
  const { output, ...cost } = await runMeasured(process.execPath, ['-C', 'source', ours, ...files])
  const lines = output.split('\n').filter(line => line !== '')
  return {
    cost,
    byPair: new Map(lines.map(line => JSON.parse(line) as [string, string, string]).map(([from, to, text]) => [`${from} ${to}`, text])),
  }
}

/** One after the other, and the least of each. */
async function repeat(ask: () => Promise<Connections>): Promise<Connections & { readonly medianMilliseconds: number }> {
  const all: Connections[] = []
  for (let i = 0; i < rounds; i++) all.push(await ask())
  all.sort((a, b) => a.cost.milliseconds - b.cost.milliseconds)
  return { ...all[0]!, medianMilliseconds: all[Math.floor(rounds / 2)]!.cost.milliseconds }
}

const costOf = ({ cost, medianMilliseconds }: Awaited<ReturnType<typeof repeat>>) => ({ ...cost, medianMilliseconds })

async function compare(size: string, program: string | undefined) {
  const [workloads = 0, policies = workloads] = size.split('/').map(Number)
  const place = mkdtempSync(join(tmpdir(), 'workload-pairs-'))
  const manifests = { folder: join(place, 'manifests'), header: join(place, 'header.yaml') }
  mkdirSync(manifests.folder)
  writeManifests(manifests, workloads, policies)
  const mine = await repeat(() => askOurs([manifests.folder, manifests.header]))
  const theirs = program === undefined ? undefined : await repeat(() => askPeer(program, manifests.folder))
  const pairs = new Set([...mine.byPair.keys(), ...(theirs?.byPair.keys() ?? [])])
  const different = theirs === undefined ? undefined : [...pairs].filter(pair => mine.byPair.get(pair) !== theirs.byPair.get(pair))
  for (const pair of different?.slice(0, 3) ?? []) console.error(pair, mine.byPair.get(pair), theirs?.byPair.get(pair))
  return {
    workloads,
    policies,
    pairs: workloads * (workloads - 1),
    connected: mine.byPair.size,
    mortise: costOf(mine),
    ...(theirs !== undefined && { netpolAnalyzer: costOf(theirs), differentPairs: different?.length }),
  }
}

const sizes = process.argv.slice(2)
const program = findPeer()
if (program === undefined) console.error('netpol-analyzer is not on PATH: nothing to compare with')
const results = []
for (const size of sizes.length > 0 ? sizes : ['100/50', '300/150']) results.push(await compare(size, program))
console.log(JSON.stringify({ bench: 'workload pairs', node: process.version, sizes: results }, undefined, 2))
process.exitCode = results.some(({ differentPairs = 0 }) => differentPairs > 0) ? 1 : 0
