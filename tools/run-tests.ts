import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, run } from './run.ts'
import { add, countsOf, line, none, type Counts, type Report } from './test-counts.ts'

/**
 * `npm test [suite…] [what vitest takes]`: the suites one after another, the fast ones first, and as the last line what they add up to.
 * After a suite that fails, later ones are not run, unless `--keep-going` says so. The two labs mostly wait: their tests run side by side.
 */
const suites: Readonly<Record<string, readonly (readonly string[])[]>> = {
  unit: [['--project', 'unit']],
  e2e: [['--project', 'e2e']],
  lab: ['control plane', 'node'].map(lab => ['--config', 'tests/lab/vitest.config.ts', '--project', lab, '--passWithNoTests']),
  package: [['--project', 'package']],
}

const keepGoing = process.argv.includes('--keep-going')
const folder = mkdtempSync(join(tmpdir(), 'mortise-tests-'))

async function runSuite(name: string): Promise<Counts> {
  process.stderr.write(`\n── ${name} tests ──\n`)
  const [first = [], ...others] = suites[name] ?? []
  const beside = others.map((args, index) => runBeside(`${name}-${index + 1}`, args))
  let total = await runPart(name, first)
  for (const other of beside) {
    const { counts, printed } = await other
    process.stderr.write(printed)
    total = add(total, counts)
  }
  return total
}

/** What it prints comes when it is over, so that no two runs write into each other's lines. */
async function runBeside(name: string, args: readonly string[]): Promise<{ readonly counts: Counts; readonly printed: string }> {
  const file = join(folder, `${name}.log`)
  const into = openSync(file, 'w')
  const counts = await runPart(name, args, into)
  closeSync(into)
  return { counts, printed: readFileSync(file, 'utf8') }
}

async function runPart(name: string, args: readonly string[], into: 'inherit' | number = 'inherit'): Promise<Counts> {
  const file = join(folder, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const code = await run(bin('vitest'), ['run', ...args, ...reporters, ...filters], into)
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
