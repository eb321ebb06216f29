import type { Command } from 'commander'
import type { ScanResult } from '#verbs/scan.ts'
import { severities, type Severity } from '#model/verdict.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import {
  formatOption,
  joinsOf,
  namespacesOf,
  severityOption,
  useColor,
  withOutput,
  withSources,
  type Format,
  type OutputOptions,
  type SourceOptions,
} from './options.ts'
import { progressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { printParts, saveWorld, writeOutput } from './write-output.ts'

interface ScanOptions extends SourceOptions, OutputOptions {
  readonly joint: readonly string[]
  readonly check: readonly string[]
  readonly failOn: Severity
  readonly format: Format
  readonly output?: string
  readonly save?: string
  readonly requireComplete: boolean
}

export function addScan(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('scan')
    .summary('find broken links')
    .description(
      'Reads a cluster and its account, files, or a snapshot, and says which link of which chain is broken, where, and what to change.',
    )
    .argument('[paths...]', 'folders, files, globs, or - for standard input; without any, the live cluster of the current context')
  withSources(command)
    .addOption(joinsOf('--joint <name>', 'only this joint (repeatable)'))
    .addOption(joinsOf('--check <id>', 'only this check (repeatable)'))
    .addOption(severityOption())
    .addOption(formatOption())
    .option('-o, --output <file>', 'write there instead of to stdout')
    .option('--save <file>', 'save what was read as one snapshot file, with what can, who-can, access and reach need')
    .option('--require-complete', 'exit 3 when anything stays unknown', false)
  withOutput(command)
    .addHelpText('after', examples)
    .action(async (paths: readonly string[], options: ScanOptions) => finish(await runScan(paths, options)))
}

const examples = `
Examples:
  mortise scan examples/shop
  mortise scan --context prod --profile prod --save world.yaml
  mortise scan --from world.yaml
  mortise scan ./k8s ./dump -n payments --joint irsa --fail-on high --format sarif --output mortise.sarif
  kubectl get sa,deploy,pods -A -o yaml | mortise scan - ./aws`

async function runScan(paths: readonly string[], options: ScanOptions): Promise<number> {
  const [{ scan }, { report }] = await Promise.all([import('#verbs/scan.ts'), import('#report/formats.ts')])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const selection = { joints: options.joint, checks: options.check, namespaces: namespacesOf(options) }
    const result = await scan(worldInput(options, paths, progress, interrupt.signal), selection, options.save !== undefined)
    progress.clear()
    if (options.save !== undefined) await saveWorld(options.save, result.world)
    const text = report(options.format, result.outcome, {
      color: options.output === undefined && useColor(options, process.stdout),
      width: process.stdout.columns ?? 80,
      quiet: options.quiet,
      verbose: options.verbose,
      version: version(),
    })
    if (options.output === undefined) await printParts(text)
    else await writeOutput(options.output, text)
    return exitCodeOf(result.outcome, options)
  } finally {
    progress.clear()
    interrupt.release()
  }
}

function exitCodeOf(outcome: ScanResult['outcome'], options: ScanOptions): number {
  const threshold = severities.indexOf(options.failOn)
  if (outcome.findings.some(finding => severities.indexOf(finding.severity) <= threshold)) return exitCode.findings
  const incomplete = outcome.unknowns.length > 0 || outcome.problems.length > 0
  return options.requireComplete && incomplete ? exitCode.incomplete : exitCode.done
}
