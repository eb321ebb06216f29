import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateWorld, worldText } from '../scan/generate-world.ts'
import { clusterName, namespaceOf, numbered } from '../scan/workload-sorts.ts'

/**
 * Offline plans of a blueprint as whole processes of the built package, beside two bounds taken in the same run: the stated budget, and a `scan` of one
 * check, which reads the same files and asks nearly nothing. Prints JSON.
 */
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const size = { pods: 3_000, serviceAccounts: 300, roles: 100 }
const runs = 5

/** Each workload gets a role that reads a bucket, is reached by the one before it, and reaches the one after. */
function blueprint(workloads: number): string {
  const name = (index: number) => `${namespaceOf(index)}/planned-${index}`
  const flows = (index: number) => [
    `      from: ["${name((index + workloads - 1) % workloads)}:8080"]`,
    `      to: ["${name((index + 1) % workloads)}:8080", "10.0.0.0/16:5432"]`,
  ]
  const lines = numbered(workloads, index => [
    `  ${name(index)}:`,
    `    pods: { app: planned-${index} }`,
    `    reads: [s3/planned-${index}/*]`,
    '    network:',
    ...flows(index),
  ])
  return `${[`cluster: ${clusterName}`, 'workloads:', ...lines.flat()].join('\n')}\n`
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function secondsOf(args: readonly string[]): { readonly median: number; readonly stdout: string } {
  let stdout = ''
  const seconds = Array.from({ length: runs }, () => {
    const began = performance.now()
    const ran = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', maxBuffer: 2 ** 30 })
    if (ran.status === null || ran.status === 2) throw new Error(ran.stderr)
    stdout = ran.stdout
    return (performance.now() - began) / 1000
  })
  return { median: Math.round(median(seconds) * 1000) / 1000, stdout }
}

const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-plan-'))
try {
  const world = join(folder, 'world.yaml')
  writeFileSync(world, worldText(generateWorld(size)))
  const cases = [100, 300, 1_000].map(workloads => {
    const file = join(folder, `mortise-${workloads}.yaml`)
    writeFileSync(file, blueprint(workloads))
    const planned = secondsOf(['plan', file, world, '--format', 'json'])
    const { steps } = JSON.parse(planned.stdout) as { readonly steps: readonly unknown[] }
    return { workloads, steps: steps.length, seconds: planned.median, ...(workloads === 300 ? { budgetSeconds: 3 } : {}) }
  })
  const reading = secondsOf(['scan', world, '--check', 'irsa/role-missing', '--format', 'json']).median
  process.stdout.write(`${JSON.stringify({ world: size, runs, readingSeconds: reading, cases }, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
