import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import { severities, type Severity } from '#model/verdict.ts'

export const formats = ['terminal', 'json', 'sarif', 'junit', 'markdown'] as const
export type Format = (typeof formats)[number]

/** Where a command reads the world from. */
export interface SourceOptions {
  readonly from: readonly string[]
  readonly context?: string
  readonly kubeconfig?: string
  readonly profile?: string
  readonly region?: string
  readonly cluster?: string
  readonly assumeRole: readonly string[]
  readonly aws: boolean
  readonly complete: boolean
  readonly namespace: readonly string[]
  readonly allNamespaces: boolean
}

export interface OutputOptions {
  readonly color: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, ...value.split(',').filter(Boolean)]

/** The options that say where to read from, the same on every command that reads. */
export function withSources(command: Command): Command {
  return command
    .addOption(new Option('--from <file>', 'read a saved snapshot, or any file or folder').argParser(several).default([], 'none'))
    .option('--context <name>', 'read the live cluster of this kubeconfig context')
    .option('--kubeconfig <file>', 'the kubeconfig to use')
    .option('--profile <name>', 'read the live account of this AWS profile')
    .option('--region <name>', 'the AWS region of the cluster')
    .option('--cluster <name>', 'the name of the EKS cluster, where the input does not say')
    .addOption(new Option('--assume-role <arn>', 'also read the account of this role, with it').argParser(several).default([], 'none'))
    .option('--no-aws', 'read no live AWS account')
    .option('--complete', 'the given files hold every object of each kind in them', false)
    .addOption(new Option('-n, --namespace <name>', 'only this namespace (repeatable)').argParser(several).default([], 'all'))
    .option('-A, --all-namespaces', 'every namespace (the default)', false)
}

export function withOutput(command: Command): Command {
  return command
    .option('--no-color', 'no colour, even on a terminal')
    .option('-q, --quiet', 'findings only', false)
    .option('-v, --verbose', 'more: chains that hold, objects that were ignored', false)
}

/** Of the commands that ask questions: a snapshot that answers the same questions again. */
export const saveOption = (): Option =>
  new Option('--save <file>', 'save what was read as one snapshot file, with the policies of whatever the policies in it name')

export const severityOption = (): Option =>
  new Option('--fail-on <severity>', 'exit 1 only for findings at or above this severity')
    .choices([...severities])
    .default('info' satisfies Severity)

export const formatOption = (): Option =>
  new Option('--format <format>', 'how to print').choices([...formats]).default('terminal' satisfies Format)

export const joinsOf = (flags: string, description: string): Option => new Option(flags, description).argParser(several).default([], 'all')

/** `NO_COLOR` and `FORCE_COLOR` as everywhere; else colour only on a terminal. */
export function useColor(options: OutputOptions, stream: { readonly isTTY?: boolean }): boolean {
  if (!options.color || (process.env['NO_COLOR'] ?? '') !== '') return false
  return (process.env['FORCE_COLOR'] ?? '') !== '' || stream.isTTY === true
}

/** Namespaces to keep; none means all. */
export function namespacesOf(options: SourceOptions): readonly string[] {
  if (options.allNamespaces && options.namespace.length > 0) {
    throw new UserError('NAMESPACE_AND_ALL', '--namespace and --all-namespaces exclude each other', { help: 'give one of them' })
  }
  return options.namespace
}

/** The one namespace that a command about one workload takes. */
export function oneNamespace(options: SourceOptions, command: string): string | undefined {
  const namespaces = namespacesOf(options)
  if (namespaces.length > 1) throw new UserError('ONE_NAMESPACE', `${command} takes one namespace`, { help: 'give one -n' })
  return namespaces[0]
}
