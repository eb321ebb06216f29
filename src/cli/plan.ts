import { Option, type Command } from 'commander'
import type { CodeLanguage } from '#report/code/code.ts'
import type { Planned } from '#verbs/plan.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { worldInput } from './world-input.ts'
import { print, writeOutput } from './write-output.ts'

interface PlanOptions extends SourceOptions, OutputOptions {
  readonly out?: string
  readonly format: 'terminal' | 'json' | CodeLanguage
}

export function addPlan(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('plan')
    .summary('what is missing for a blueprint to hold')
    .description(
      'Compares what mortise.yaml declares with the world, and prints the changes that make it hold, on both sides, in order. Changes nothing.',
    )
    .argument('<blueprint>', 'the file that declares what shall hold: mortise.yaml')
    .argument('[paths...]', 'folders, files, globs; without any, the live cluster of the current context')
    .option('--out <file>', 'keep the plan, for mortise apply')
    .addOption(
      new Option('--format <format>', 'how to print; the last three are code, for reviews and pull requests')
        .choices(['terminal', 'json', 'terraform', 'cloudformation', 'manifests'])
        .default('terminal'),
    )
  withSources(command)
  withOutput(command)
    .addHelpText('after', examples)
    .action(async (blueprint: string, paths: readonly string[], options: PlanOptions) => finish(await run(blueprint, paths, options)))
}

const examples = `
Examples:
  mortise plan mortise.yaml --context prod --out plan.json
  mortise plan mortise.yaml world.yaml
  mortise plan mortise.yaml --format terraform > mortise.tf

Exit codes: 0 nothing to do, 1 there are steps, 2 could not do the job, 3 something was not read, or is for somebody else to change`

async function run(blueprint: string, paths: readonly string[], options: PlanOptions): Promise<number> {
  const [{ plan }, { planText }] = await Promise.all([import('#verbs/plan.ts'), import('#report/plan.ts')])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const planned = await plan(worldInput(options, paths, progress, interrupt.signal), blueprint)
    progress.clear()
    const json = `${JSON.stringify(planned.plan, null, 2)}\n`
    if (options.out !== undefined) await writeOutput(options.out, json, { mode: 0o600 })
    const style = { color: useColor(options, process.stdout), width: process.stdout.columns ?? 80, verbose: options.verbose }
    await print(
      options.format === 'json' ? json : options.format === 'terminal' ? planText(planned, style) : await code(options.format, planned),
    )
    if (planned.unread.length + planned.left.length > 0) return exitCode.incomplete
    return planned.plan.steps.length === 0 ? exitCode.done : exitCode.findings
  } finally {
    progress.clear()
    interrupt.release()
  }
}

/** Code says nothing of what was not planned, so that is said beside it. */
async function code(language: CodeLanguage, { plan, world, unread, left }: Planned): Promise<string> {
  const { codeText } = await import('#report/code/code.ts')
  for (const { about, fact } of unread) process.stderr.write(`not planned: ${about}: ${fact.kind} ${fact.reason}\n`)
  for (const { about, why } of left) process.stderr.write(`not planned: ${about}: ${why}\n`)
  return codeText(language, plan, world)
}
