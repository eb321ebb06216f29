import { createInterface } from 'node:readline/promises'
import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import type { ValidateInput } from '#verbs/validate.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { joinsOf, useColor, withOutput, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print, writeOutput } from './write-output.ts'

interface ValidateOptions extends Omit<SourceOptions, 'from' | 'aws' | 'complete' | 'allNamespaces'>, OutputOptions {
  readonly joint: readonly string[]
  readonly probeImage?: string
  readonly yes: boolean
  readonly dryRun: boolean
  readonly clean: boolean
  readonly most: string
  readonly rotation?: string
  readonly sampleFindings: boolean
  readonly logWait: string
  readonly format: 'terminal' | 'json' | 'junit'
  readonly output?: string
  readonly requireComplete: boolean
}

export function addValidate(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('validate')
    .summary('try the joints live, and compare with what was predicted')
    .description(
      'Writes down what the engines predict, then tries it with pods of its own in the live cluster, compares, and removes what it made. It shows what it would make and asks before it does.',
    )
    .argument('[workload]', 'as kubectl names it: deploy/reader, sa/reader; without one, every chain of the namespaces')
    .option('--context <name>', 'the live cluster of this kubeconfig context')
    .option('--kubeconfig <file>', 'the kubeconfig to use')
    .option('--profile <name>', 'the live account of this AWS profile')
    .option('--region <name>', 'the AWS region of the cluster')
    .option('--cluster <name>', 'the name of the EKS cluster, where the kubeconfig does not say')
    .addOption(joinsOf('--assume-role <arn>', 'also read the account of this role, with it'))
    .addOption(joinsOf('-n, --namespace <name>', 'only this namespace (repeatable)'))
    .addOption(joinsOf('--joint <name>', 'only this joint (repeatable)'))
    .addOption(new Option('--probe-image <reference>', 'the image of the probe, built from probe/').env('MORTISE_PROBE_IMAGE'))
    .option('--most <number>', 'refuse to run more probes than this', '20')
    .option('--rotation <seconds>', 'wait so long for a mounted secret to change, which you rotate meanwhile, and for its file to follow')
    .option('--log-wait <seconds>', 'how long a line may take from a pod to its log group', '120')
    .option('--sample-findings', 'make GuardDuty send a sample finding, and archive it: whoever is told of findings is told of it', false)
    .option('--dry-run', 'show what would be made, what it takes and what is predicted; make nothing', false)
    .option('--yes', 'do not ask', false)
    .option('--clean', 'remove what runs left behind, and nothing else', false)
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json', 'junit']).default('terminal'))
    .option('-o, --output <file>', 'write there instead of to stdout')
    .option('--require-complete', 'exit 3 when anything was not predicted or not observed', false)
  withOutput(command)
    .addHelpText('after', examples)
    .action(async (workload: string | undefined, options: ValidateOptions) => finish(await run(workload, options)))
}

const examples = `
Examples:
  mortise validate deploy/reader -n payments --dry-run
  mortise validate sa/reader -n payments --probe-image registry.example/mortise-probe:1
  mortise validate -n payments --joint irsa --yes --format junit --output validate.xml
  mortise validate --clean

Exit codes: 0 as predicted and as it should be, 1 something is broken or differs, 2 could not do the job, 3 incomplete (with --require-complete)`

async function run(workload: string | undefined, options: ValidateOptions): Promise<number> {
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    if (options.clean) return await clean(options, interrupt.signal)
    const input = inputOf(workload, options, progress, interrupt.signal)
    return options.dryRun ? await dryRun(input, options) : await runProbes(input, options)
  } finally {
    progress.clear()
    interrupt.release()
  }
}

function inputOf(
  workload: string | undefined,
  options: ValidateOptions,
  progress: ReturnType<typeof progressLine>,
  signal: AbortSignal,
): ValidateInput {
  if (options.probeImage === undefined)
    throw new UserError('NO_PROBE_IMAGE', 'no image is named for the probe: none is published', {
      help: 'build probe/ (probe/README.md says how), push it where your nodes pull from, and name it with --probe-image or MORTISE_PROBE_IMAGE',
    })
  const sources = { ...options, from: [], aws: true, complete: false, allNamespaces: false }
  const { kubernetes = {}, ...world } = worldInput(sources, [], progress, signal)
  return {
    world: { ...world, kubernetes },
    question: {
      target: workload,
      namespaces: options.namespace,
      joints: options.joint,
      most: wholeNumber(options.most, '--most'),
      settings: {
        image: options.probeImage,
        sampleFindings: options.sampleFindings,
        logSeconds: wholeNumber(options.logWait, '--log-wait'),
        ...(options.rotation === undefined ? {} : { rotationSeconds: wholeNumber(options.rotation, '--rotation') }),
      },
    },
    signal,
    approve: plan => approve(plan, options, progress),
    progress: what => progress.show({ what, done: 0 }),
  }
}

function wholeNumber(text: string, option: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UserError('BAD_NUMBER', `${option} ${text} is no number above zero`, { help: `give for example ${option} 40` })
}

/** Removes what other runs left. */
async function clean(options: ValidateOptions, signal: AbortSignal): Promise<number> {
  const [{ cleanValidation }, { remainsText, removedText }] = await Promise.all([
    import('#verbs/clean-validation.ts'),
    import('#report/remains.ts'),
  ])
  const { kubeconfig, context, namespace } = options
  const found = await cleanValidation({
    kubernetes: { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
    namespaces: namespace,
    signal,
    approve: remains => {
      process.stderr.write(remainsText(remains))
      return options.yes ? Promise.resolve(true) : asked('remove them? type yes: ')
    },
  })
  await print(removedText(found))
  return exitCode.done
}

/** Only a person at a terminal can be asked. */
async function asked(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await lines.question(question)
  lines.close()
  return answer.trim() === 'yes'
}

const styleOf = (options: ValidateOptions, stream: NodeJS.WriteStream) => ({
  color: useColor(options, stream),
  width: stream.columns ?? 80,
  verbose: options.verbose,
  quiet: options.quiet,
})

async function dryRun(input: ValidateInput, options: ValidateOptions): Promise<number> {
  const [{ plannedValidation }, { validationPlanText }, { validationPlanJson }] = await Promise.all([
    import('#verbs/validate.ts'),
    import('#report/validation.ts'),
    import('#report/validation-json.ts'),
  ])
  const plan = await plannedValidation(input)
  const style = styleOf(options, process.stdout)
  await print(options.format === 'json' ? validationPlanJson(plan, { version: version() }) : validationPlanText(plan, style))
  return exitCode.done
}

async function approve(
  plan: Parameters<ValidateInput['approve']>[0],
  options: ValidateOptions,
  progress: ReturnType<typeof progressLine>,
): Promise<boolean> {
  progress.clear()
  if (options.yes) return true
  const { validationPlanText } = await import('#report/validation.ts')
  process.stderr.write(validationPlanText(plan, styleOf(options, process.stderr)))
  return asked('run them? type yes: ')
}

async function runProbes(input: ValidateInput, options: ValidateOptions): Promise<number> {
  const [{ countStates, validate }, { reportValidation }] = await Promise.all([
    import('#verbs/validate.ts'),
    import('#report/validation-formats.ts'),
  ])
  const validation = await validate(input)
  const text = reportValidation(options.format, validation, { ...styleOf(options, process.stdout), version: version() })
  if (options.output === undefined) await print(text)
  else await writeOutput(options.output, text)
  const counts = countStates(validation.probes)
  if (validation.interrupted) return exitCode.failed
  if (counts.broken + counts.differs > 0) return exitCode.findings
  if (counts.right + counts['not-predicted'] === 0) return exitCode.failed
  return options.requireComplete && counts['not-predicted'] + counts['not-observed'] > 0 ? exitCode.incomplete : exitCode.done
}
