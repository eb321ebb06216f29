import { Option, type Command } from 'commander'
import { useColor, withOutput, type OutputOptions } from './options.ts'
import { print } from './write-output.ts'

interface ChecksOptions extends OutputOptions {
  readonly format: 'terminal' | 'json'
}

export function addChecks(mortise: Command): void {
  const command = mortise
    .command('checks')
    .summary('list checks, or explain one')
    .description('Lists every check, or tells of one what it means, when it is fine and how to fix it.')
    .argument('[id]', 'a check, such as irsa/role-missing')
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'))
  withOutput(command).addHelpText('after', '\nExamples:\n  mortise checks\n  mortise checks irsa/role-missing').action(runChecks)
}

async function runChecks(id: string | undefined, options: ChecksOptions): Promise<void> {
  const { checkPage, listChecks } = await import('#verbs/checks.ts')
  const { checkList, checkText } = await import('#report/checks.ts')
  if (options.format === 'json') {
    const chosen = id === undefined ? listChecks() : [checkPage(id).check]
    return print(
      `${JSON.stringify(
        chosen.map(({ test: _, ...facts }) => facts),
        undefined,
        2,
      )}\n`,
    )
  }
  const style = { color: useColor(options, process.stdout), width: process.stdout.columns ?? 80 }
  if (id === undefined) return print(checkList(listChecks(), style))
  const { check, link, docs } = checkPage(id)
  return print(checkText({ ...check, docs, ...(link === undefined ? {} : { link }) }, style))
}
