import { existsSync } from 'node:fs'
import { addAbortSignal, Readable } from 'node:stream'
import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { namespacesOf, saveOption, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { openRequests, printAnswers } from './requests-file.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print, saveWorld } from './write-output.ts'

interface CanOptions extends SourceOptions, OutputOptions {
  readonly requests?: string
  readonly set: readonly string[]
  readonly why: boolean
  readonly save?: string
  readonly format?: 'terminal' | 'json' | 'ndjson'
}

export function addCan(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('can')
    .summary('may this principal do this in AWS')
    .description('Says whether a principal may do an action on a resource, across every policy layer, and which statement decides.')
    .argument('[principal]', 'role/name, user/name, an ARN, sa/ns/name, pod/ns/name, deploy/ns/name, node/name')
    .argument('[action]', 'service:Operation, such as s3:GetObject')
    .argument('[resource]', 'an ARN, alias/<name> of a key, or "*"')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .addOption(
      new Option('--set <key=value>', 'a condition key of the request (repeatable; =none: it is absent)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--why', 'every layer and the way to the identity', false)
    .option(
      '--requests <file>',
      'answer one request a line of this file, or - for standard input: by the policies that it brings, and by the world when one is named',
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json', 'ndjson']))
  withSources(command).addOption(saveOption())
  withOutput(command)
    .addHelpText('after', examples)
    .action(
      async (
        principal: string | undefined,
        action: string | undefined,
        resource: string | undefined,
        paths: readonly string[],
        options: CanOptions,
      ) =>
        finish(
          options.requests === undefined
            ? await answerOne(principal, action, resource, paths, options)
            : await answerRequests(
                options.requests,
                [principal, action, resource, ...paths].filter(path => path !== undefined),
                options,
              ),
        ),
    )
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

const codes = { allow: exitCode.done, deny: exitCode.findings, unknown: exitCode.incomplete } as const

async function answerOne(
  principal: string | undefined,
  action: string | undefined,
  resource: string | undefined,
  paths: readonly string[],
  options: CanOptions,
): Promise<number> {
  if (principal === undefined || action === undefined || resource === undefined) {
    throw new UserError('MISSING_ARGUMENT', 'can needs a principal, an action and a resource, or --requests', {
      help: 'mortise can --help has examples',
    })
  }
  if (options.format === 'ndjson')
    throw new UserError('REQUESTS_FORMAT', '--format ndjson goes with --requests', { help: 'use --format json' })
  const [{ can }, { decisionText }, { decisionJson }] = await Promise.all([
    import('#verbs/can.ts'),
    import('#report/decision.ts'),
    import('#report/decision-json.ts'),
  ])
  const namespaces = namespacesOf(options)
  if (namespaces.length > 1) throw new UserError('ONE_NAMESPACE', 'can takes one namespace', { help: 'give one -n' })
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const input = worldInput({ ...options, namespace: [] }, paths, progress, interrupt.signal)
    const { report, world } = await can(input, { principal, action, resource, namespace: namespaces[0], set: options.set })
    progress.clear()
    if (options.save !== undefined) await saveWorld(options.save, world)
    const style = {
      color: useColor(options, process.stdout),
      width: process.stdout.columns ?? 80,
      verbose: options.verbose,
      why: options.why,
    }
    await print(options.format === 'json' ? decisionJson(report, { version: version() }) : decisionText(report, style))
    return codes[report.verdict]
  } finally {
    progress.clear()
    interrupt.release()
  }
}

const examples = `
Examples:
  mortise can sa/payments/reader secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf
  mortise can role/s3-reader s3:GetObject 'arn:aws:s3:::reports/*' --set aws:SourceVpce=vpce-1 --why
  mortise can --requests requests.ndjson --format ndjson > decisions.ndjson
  mortise can --requests questions.ndjson examples/shop

Exit codes: 0 allowed, 1 denied, 2 could not do the job, 3 unknown. With --requests: 0 every line answered, 2 some line was no request`

const principalForm = /^(?:arn:|(?:role|user|sa|serviceaccount|pod|deploy|deployment|node|kubernetes-user|kubernetes-group)\/)/

/** One answer a line, in order, while the requests come in: what is read waits for what is written. */
async function answerRequests(file: string, paths: readonly string[], options: CanOptions): Promise<number> {
  const { format } = options
  const stray = paths.find(path => principalForm.test(path) && !existsSync(path))
  if (stray !== undefined)
    throw new UserError('REQUESTS_AND_PRINCIPAL', '--requests takes no principal: each line names its own', { help: `leave out ${stray}` })
  if (options.save !== undefined && !namesWorld(paths, options))
    throw new UserError('NOTHING_TO_SAVE', '--requests without a world reads nothing to save', { help: 'name paths, --from or --context' })
  if (format !== undefined && format !== 'ndjson')
    throw new UserError('REQUESTS_FORMAT', `--requests answers in lines, not as ${format}`, { help: 'use --format ndjson' })
  if (file === '-' && [...paths, ...options.from].includes('-'))
    throw new UserError('ONE_STANDARD_INPUT', 'standard input cannot be both the requests and the world', {
      help: 'read one of them from a file',
    })
  const { decideRequests } = await import('#verbs/decide-requests.ts')
  const interrupt = onInterrupt()
  let input: Readable | undefined
  try {
    const inWorld = namesWorld(paths, options) ? await worldDecider(file, paths, options, interrupt.signal) : undefined
    input = addAbortSignal(interrupt.signal, inWorld?.input ?? (await openRequests(file)))
    return await printAnswers(decideRequests(input, inWorld?.decideLine))
  } finally {
    interrupt.release()
    input?.destroy()
  }
}

/** The live cluster of the current context is read only when it is named: lines without a world are answered as they always were. */
const namesWorld = (paths: readonly string[], options: CanOptions): boolean =>
  paths.length + options.from.length + options.assumeRole.length > 0 ||
  [options.context, options.kubeconfig, options.profile, options.region].some(each => each !== undefined)

/** A live world is asked for what the lines name, so they are read twice; standard input is held for that. */
async function worldDecider(file: string, paths: readonly string[], options: CanOptions, signal: AbortSignal) {
  const { decidingInWorld, namedInRequests } = await import('#verbs/decide-in-world.ts')
  const namespaces = namespacesOf(options)
  if (namespaces.length > 1) throw new UserError('ONE_NAMESPACE', 'can takes one namespace', { help: 'give one -n' })
  const progress = progressLine(process.stderr, !options.quiet)
  try {
    const input = worldInput({ ...options, namespace: [] }, paths, progress, signal)
    const isLive = input.aws !== undefined
    const held = isLive && file === '-' ? await heldInput(signal) : undefined
    const again = async (): Promise<Readable> => (held === undefined ? openRequests(file) : Readable.from(held, { objectMode: false }))
    const named = isLive ? await namedInRequests(addAbortSignal(signal, await again())) : {}
    const { decideLine, problems, world } = await decidingInWorld(input, named, namespaces[0])
    progress.clear()
    if (options.save !== undefined) await saveWorld(options.save, world)
    if (problems.length > 0) {
      const { problemText } = await import('#report/problem-lines.ts')
      const style = { color: useColor(options, process.stderr), width: process.stderr.columns ?? 80, verbose: options.verbose }
      for (const problem of problems) process.stderr.write(`${problemText(problem, style)}\n`)
    }
    return { decideLine, input: await again() }
  } finally {
    progress.clear()
  }
}

async function heldInput(signal: AbortSignal): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of addAbortSignal(signal, process.stdin)) pieces.push(Buffer.from(piece as Uint8Array))
  return pieces
}
