import type { Command } from 'commander'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { withSources, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { worldInput } from './world-input.ts'
import { print, writeOutput } from './write-output.ts'

interface InitOptions extends SourceOptions {
  readonly out?: string
  readonly force?: boolean
  readonly quiet: boolean
}

export function addInit(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('init')
    .summary('write a blueprint of what exists')
    .description('Writes a mortise.yaml that declares what a cluster has already, so that it can be adopted. Changes nothing.')
    .argument('[paths...]', 'folders, files, globs; without any, the live cluster of the current context')
    .option('--out <file>', 'where to write it; without, it is printed')
    .option('--force', 'write over a file that exists')
    .option('-q, --quiet', 'no progress', false)
  withSources(command)
    .addHelpText('after', examples)
    .action(async (paths: readonly string[], options: InitOptions) => finish(await run(paths, options)))
}

const examples = `
Examples:
  mortise init --context prod --out mortise.yaml
  mortise plan mortise.yaml --context prod

Exit codes: 0 written, 2 could not do the job, 3 something was not read, and is left out`

async function run(paths: readonly string[], options: InitOptions): Promise<number> {
  const [{ init }, { blueprintText }] = await Promise.all([import('#verbs/init.ts'), import('#report/blueprint.ts')])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const adopting = await init(worldInput(options, paths, progress, interrupt.signal))
    progress.clear()
    const text = blueprintText(adopting)
    if (options.out === undefined) await print(text)
    else
      await writeOutput(options.out, text, options.force === true ? {} : { onlyNew: 'choose another file, or write over it with --force' })
    return adopting.unread.length > 0 ? exitCode.incomplete : exitCode.done
  } finally {
    progress.clear()
    interrupt.release()
  }
}
