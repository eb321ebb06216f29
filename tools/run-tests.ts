import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, run } from './run.ts'
import { add, countsOf, line, none, type Counts, type Report } from './test-counts.ts'

/**
 * `npm test [suite…] [what vitest takes]`: the suites one after another, the fast ones first, and as the last line what they add up to.
 * After a suite that fails, later ones are not run, unless `--keep-going` says so.
 */
const suites: Readonly<Record<string, readonly string[]>> = {
  unit: ['--project', 'unit'],
  e2e: ['--project', 'e2e'],
  lab: ['--config', 'tests/lab/vitest.config.ts'],
  package: ['--project', 'package'],
}

const keepGoing = process.argv.includes('--keep-going')
const folder = mkdtempSync(join(tmpdir(), 'mortise-tests-'))

async function runSuite(name: string): Promise<Counts> {
  const file = join(folder, `${name}.json`)
  process.stderr.write(`\n── ${name} tests ──\n`)
  const code = await run(bin('vitest'), [
    'run',
    ...(suites[name] ?? []),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...filters,
  ])
  return countsOf(code, readReport(file))
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return undefined
  }
}

async function runAll(names: readonly string[]): Promise<Counts> {
  let total = none
  for (const [index, name] of names.entries()) {
    const counts = await runSuite(name)
    total = add(total, counts)
    const left = names.slice(index + 1)
    if (counts.failed === 0 || keepGoing || left.length === 0) continue
    process.stderr.write(`\nthe ${name} tests failed, so these were not run: ${left.join(', ')} (--keep-going runs them)\n`)
    return total
  }
  return total
}

const args = process.argv.slice(2).filter(arg => arg !== '--keep-going')
const rest = args.findIndex(arg => !Object.hasOwn(suites, arg))
const wanted = rest === -1 ? args : args.slice(0, rest)
const filters = rest === -1 ? [] : args.slice(rest)

const total = await runAll(wanted.length > 0 ? wanted : Object.keys(suites))
process.exitCode = total.failed === 0 ? 0 : 1
process.stdout.write(`\n${line(total)}\n`)
rmSync(folder, { recursive: true })
