import { Option, type Command } from 'commander'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { saveOption, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print, saveWorld } from './write-output.ts'

interface WhoCanOptions extends SourceOptions, OutputOptions {
  readonly set: readonly string[]
  readonly save?: string
  readonly format: 'terminal' | 'json'
}

export function addWhoCan(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('who-can')
    .summary('who may do this in AWS')
    .description(
      'Lists every pod, service account, role and user that may do an action on a resource, with the way from the workload to the statement.',
    )
    .argument('<action>', 'service:Operation, such as kms:Decrypt')
    .argument('<resource>', 'an ARN, alias/<name> of a key, or "*"')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .addOption(
      new Option('--set <key=value>', 'a condition key of the request (repeatable; =none: it is absent)')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([], 'none'),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'))
  withSources(command).addOption(saveOption())
  withOutput(command)
    .addHelpText(
      'after',
      '\nExamples:\n  mortise who-can kms:Decrypt alias/payments\n  mortise who-can s3:GetObject arn:aws:s3:::reports/a.csv --from world.yaml\n  mortise who-can sts:AssumeRole arn:aws:iam::111122223333:role/admin',
    )
    .action(async (action: string, resource: string, paths: readonly string[], options: WhoCanOptions) =>
      finish(await runWhoCan(action, resource, paths, options)),
    )
}

async function runWhoCan(action: string, resource: string, paths: readonly string[], options: WhoCanOptions): Promise<number> {
  const [{ whoCan }, { whoCanText, whoCanJson }] = await Promise.all([import('#verbs/who-can.ts'), import('#report/who-can.ts')])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const input = worldInput(options, paths, progress, interrupt.signal)
    const { report, world } = await whoCan(input, { action, resource, set: options.set })
    progress.clear()
    if (options.save !== undefined) await saveWorld(options.save, world)
    const style = { color: useColor(options, process.stdout), width: process.stdout.columns ?? 80, verbose: options.verbose }
    await print(options.format === 'json' ? whoCanJson(report, { version: version() }) : whoCanText(report, style))
    return exitCode.done
  } finally {
    progress.clear()
    interrupt.release()
  }
}
