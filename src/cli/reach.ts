import { addAbortSignal } from 'node:stream'
import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import type { EngineOverride } from '#verbs/reach.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { namespacesOf, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { openRequests, printAnswers } from './requests-file.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print } from './write-output.ts'

const formats = ['terminal', 'json', 'csv', 'html', 'ndjson'] as const

interface ReachOptions extends SourceOptions, OutputOptions {
  readonly port?: string
  readonly matrix: boolean
  readonly onlyDisagreements: boolean
  readonly diff: boolean
  readonly queries?: string
  readonly format?: (typeof formats)[number]
  readonly profileEngine?: NonNullable<EngineOverride['engine']>
  readonly enforcingMode?: NonNullable<EngineOverride['mode']>
}

export function addReach(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('reach')
    .summary('does this reach that over the network')
    .description(
      'Says whether one end reaches another: NetworkPolicies and security groups of both ends, NACLs and routes between them, and which rule of which layer decides.',
    )
    .argument('[from]', 'pod/ns/name, deploy/ns/name, svc/ns/name, node/name, an address, or internet')
    .argument('[to]', 'the same')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .option('--port <port>', '8080, tcp/5432, udp/53, icmp, or the name of a port; else every port that the destination declares')
    .option('--matrix', 'every workload to every other; arguments are paths', false)
    .option('--only-disagreements', 'with --matrix: only pairs of which AWS says one thing and Kubernetes another', false)
    .option('--diff', 'what a change opens and closes; arguments are the world before and the world after', false)
    .option('--queries <file>', 'answer one query a line of this file, or - for standard input; arguments are paths')
    .addOption(
      new Option('--profile-engine <engine>', 'who enforces NetworkPolicies, whatever the world says').choices([
        'aws-vpc-cni',
        'upstream',
        'none',
      ]),
    )
    .addOption(new Option('--enforcing-mode <mode>', 'how they are enforced, whatever the world says').choices(['standard', 'strict']))
    .addOption(new Option('--format <format>', 'how to print').choices([...formats]))
  withSources(command)
  withOutput(command)
    .addHelpText('after', examples)
    .action(async (from: string | undefined, to: string | undefined, paths: readonly string[], options: ReachOptions) =>
      finish(await run(from, to, paths, options)),
    )
}

const examples = `
Examples:
  mortise reach deploy/web deploy/api --port 8080 -n shop
  mortise reach pod/shop/web-7d 10.20.3.4 --port tcp/5432
  mortise reach internet svc/shop/web --port 443
  mortise reach --matrix -n shop --only-disagreements
  mortise reach --diff before.yaml after.yaml
  mortise reach --queries q.ndjson world.yaml > answers.ndjson

Exit codes: 0 allowed, 1 denied or dependent on placement, 2 could not do the job, 3 unknown. With --matrix, --diff and --queries: 0 done`

async function run(from: string | undefined, to: string | undefined, paths: readonly string[], options: ReachOptions): Promise<number> {
  const [mode, ...others] = (['matrix', 'diff', 'queries'] as const).filter(name => options[name] !== undefined && options[name] !== false)
  if (others.length > 0)
    throw new UserError('ONE_MODE', `--${mode} and --${others.join(', --')} exclude each other`, { help: 'give one of them' })
  assertFormat(mode ?? 'path', options.format)
  const all = [from, to, ...paths].filter(text => text !== undefined)
  if (mode === 'matrix') return runMatrix(all, options)
  if (mode === 'diff') return runDifference(all, options)
  if (mode === 'queries') return runQueries(options.queries ?? '-', all, options)
  if (from === undefined || to === undefined) {
    throw new UserError('MISSING_ARGUMENT', 'reach needs two ends, or --matrix, --diff or --queries', {
      help: 'mortise reach --help has examples',
    })
  }
  return runPath(from, to, paths, options)
}

const formatsOf = {
  path: ['terminal', 'json'],
  matrix: ['terminal', 'csv', 'json', 'html'],
  diff: ['terminal', 'json'],
  queries: ['ndjson'],
} as const

function assertFormat(mode: keyof typeof formatsOf, format: ReachOptions['format']): void {
  const allowed: readonly string[] = formatsOf[mode]
  if (format === undefined || allowed.includes(format)) return
  throw new UserError('REACH_FORMAT', `--format ${format} does not go with ${mode === 'path' ? 'two ends' : `--${mode}`}`, {
    help: `give one of ${allowed.join(', ')}`,
  })
}

const overrideOf = ({ profileEngine, enforcingMode }: ReachOptions) => ({
  ...(profileEngine === undefined ? {} : { engine: profileEngine }),
  ...(enforcingMode === undefined ? {} : { mode: enforcingMode }),
})

const styleOf = (options: ReachOptions) => ({
  color: useColor(options, process.stdout),
  width: process.stdout.columns ?? 80,
  verbose: options.verbose,
})

type WorldOf = (paths: readonly string[]) => ReturnType<typeof worldInput>

/** With a line of progress and Ctrl-C looked after. */
async function working<T>(options: ReachOptions, work: (input: WorldOf, signal: AbortSignal) => Promise<T>): Promise<T> {
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const result = await work(paths => worldInput({ ...options, namespace: [] }, paths, progress, interrupt.signal), interrupt.signal)
    progress.clear()
    return result
  } finally {
    progress.clear()
    interrupt.release()
  }
}

const codes = { allow: exitCode.done, deny: exitCode.findings, split: exitCode.findings, unknown: exitCode.incomplete } as const

async function runPath(from: string, to: string, paths: readonly string[], options: ReachOptions): Promise<number> {
  const [{ reach }, { reachText }, { reachJson }] = await Promise.all([
    import('#verbs/reach.ts'),
    import('#report/reach.ts'),
    import('#report/reach-json.ts'),
  ])
  const [namespace, ...others] = namespacesOf(options)
  if (others.length > 0)
    throw new UserError('ONE_NAMESPACE', 'reach takes one namespace', { help: 'give one -n, or name each end in full' })
  const question = { from, to, port: options.port, namespace, override: overrideOf(options) }
  const { reached } = await working(options, input => reach(input(paths), question))
  const text = () => reached.map(one => reachText(one, styleOf(options))).join('\n')
  await print(options.format === 'json' ? reachJson(reached, { version: version() }) : text())
  return Math.max(...reached.map(({ verdict }) => codes[verdict]))
}

async function runMatrix(paths: readonly string[], options: ReachOptions): Promise<number> {
  const [{ reachMatrix }, report] = await Promise.all([import('#verbs/reach-matrix.ts'), import('#report/reach-matrix.ts')])
  const { port, onlyDisagreements } = options
  const question = { port, onlyDisagreements, namespaces: namespacesOf(options), override: overrideOf(options) }
  const { matrix } = await working(options, input => reachMatrix(input(paths), question))
  if (options.format === 'html') await print((await import('#report/reach-matrix-html.ts')).matrixHtml(matrix, { version: version() }))
  else if (options.format === 'csv') await print(report.matrixCsv(matrix))
  else
    await print(options.format === 'json' ? report.matrixJson(matrix, { version: version() }) : report.matrixText(matrix, styleOf(options)))
  return exitCode.done
}

async function runDifference(paths: readonly string[], options: ReachOptions): Promise<number> {
  const [before, after, ...others] = paths
  if (before === undefined || after === undefined || others.length > 0) {
    throw new UserError('TWO_WORLDS', '--diff takes two paths: the world before and the world after', {
      help: 'mortise reach --diff before.yaml after.yaml',
    })
  }
  const [{ reachDifference }, report] = await Promise.all([import('#verbs/reach-difference.ts'), import('#report/reach-difference.ts')])
  const rest = { port: options.port, namespaces: namespacesOf(options), override: overrideOf(options) }
  const differences = await working(options, input => reachDifference({ before: input([before]), after: input([after]), ...rest }))
  await print(
    options.format === 'json'
      ? report.differenceJson(differences, { version: version() })
      : report.differenceText(differences, styleOf(options)),
  )
  return exitCode.done
}

async function runQueries(file: string, paths: readonly string[], options: ReachOptions): Promise<number> {
  const { reachQueries } = await import('#verbs/reach-queries.ts')
  return working(options, async (world, signal) => {
    const input = addAbortSignal(signal, await openRequests(file))
    try {
      return await printAnswers(reachQueries(input, world(paths), overrideOf(options)))
    } finally {
      input.destroy()
    }
  })
}
