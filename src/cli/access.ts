import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { namespacesOf, saveOption, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print, saveWorld } from './write-output.ts'

interface AccessOptions extends SourceOptions, OutputOptions {
  readonly minimal: boolean
  readonly save?: string
  readonly format: 'terminal' | 'json'
}

export function addAccess(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('access')
    .summary('what a principal may do in AWS')
    .description('Lists what a principal may do in AWS, by service and by the resources that exist, or the smallest policy that it needs.')
    .argument('<principal>', 'role/name, user/name, an ARN, sa/ns/name, pod/ns/name, deploy/ns/name, node/name')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .option('--minimal', 'print the smallest policy for what the service account needs', false)
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'))
  withSources(command).addOption(saveOption())
  withOutput(command)
    .addHelpText(
      'after',
      '\nExamples:\n  mortise access sa/payments/reader\n  mortise access role/s3-reader --from world.yaml\n  mortise access --minimal sa/kube-system/aws-node --format json',
    )
    .action(async (principal: string, paths: readonly string[], options: AccessOptions) =>
      finish(await runAccess(principal, paths, options)),
    )
}

async function runAccess(principal: string, paths: readonly string[], options: AccessOptions): Promise<number> {
  const namespaces = namespacesOf(options)
  if (namespaces.length > 1) throw new UserError('ONE_NAMESPACE', 'access takes one namespace', { help: 'give one -n' })
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const input = worldInput({ ...options, namespace: [] }, paths, progress, interrupt.signal)
    const style = { color: useColor(options, process.stdout), width: process.stdout.columns ?? 80, verbose: options.verbose }
    if (options.minimal) {
      const [{ minimalAccess }, { minimalText, minimalJson }] = await Promise.all([
        import('#verbs/minimal-access.ts'),
        import('#report/minimal-access.ts'),
      ])
      const { report, world } = await minimalAccess(input, principal, namespaces[0])
      progress.clear()
      if (options.save !== undefined) await saveWorld(options.save, world)
      await print(options.format === 'json' ? minimalJson(report, { version: version() }) : minimalText(report, style))
      return report.faults.length === 0 ? exitCode.done : exitCode.incomplete
    }
    const [{ access }, { accessText, accessJson }] = await Promise.all([import('#verbs/access.ts'), import('#report/access.ts')])
    const { report, world } = await access(input, principal, namespaces[0])
    progress.clear()
    if (options.save !== undefined) await saveWorld(options.save, world)
    await print(options.format === 'json' ? accessJson(report, { version: version() }) : accessText(report, style))
    return exitCode.done
  } finally {
    progress.clear()
    interrupt.release()
  }
}
