import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildParts } from '../build/build-all.ts'
import { CommandFailed, run, type RunOptions } from '../process/run.ts'
import { cfnLint, codeCheckers, schemaProvider, terraform } from './programs.ts'

export const ensureCheckers = (): Promise<void> => buildParts(codeCheckers, line => void process.stderr.write(`${line}\n`))

/** What a program says of a text: nothing when it has no objection. */
export interface Objection {
  readonly summary: string
  readonly detail?: string
  readonly line?: number
}

/** `terraform validate` of one file, with providers of our own that know the schema of theirs. */
export const terraformObjections = (text: string): Promise<readonly Objection[]> =>
  inFolder(async folder => {
    const plugins = join(folder, 'plugins')
    await mkdir(plugins)
    for (const name of ['aws', 'kubernetes']) await symlink(schemaProvider.path, join(plugins, `terraform-provider-${name}`))
    const overrides = ['aws', 'kubernetes'].map(name => `    "hashicorp/${name}" = ${JSON.stringify(plugins)}`)
    await writeFile(join(folder, 'cli.tfrc'), `provider_installation {\n  dev_overrides {\n${overrides.join('\n')}\n  }\n}\n`)
    await mkdir(join(folder, 'code'))
    await writeFile(join(folder, 'code', 'mortise.tf'), text)
    const env = { TF_CLI_CONFIG_FILE: join(folder, 'cli.tfrc'), CHECKPOINT_DISABLE: '1' }
    const printed = await printedBy([terraform.path, 'validate', '-json'], { cwd: join(folder, 'code'), env })
    const { diagnostics } = JSON.parse(printed) as {
      readonly diagnostics: readonly {
        readonly severity: string
        readonly summary: string
        readonly detail?: string
        readonly range?: { readonly start: { readonly line: number } }
      }[]
    }
    return diagnostics
      .filter(({ summary }) => summary !== 'Provider development overrides are in effect')
      .map(({ summary, detail, range }) => ({
        summary,
        ...(detail === undefined ? {} : { detail }),
        ...(range === undefined ? {} : { line: range.start.line }),
      }))
  })

/** `terraform fmt` of a text. */
export const terraformFormatted = (text: string): Promise<string> =>
  inFolder(async folder => {
    const file = join(folder, 'mortise.tf')
    await writeFile(file, text)
    return run([terraform.path, 'fmt', '-diff', '-write=false', file], { cwd: folder })
  })

/** `cfn-lint` of a template, at the strictness that it has by itself. */
export const cloudformationObjections = (text: string): Promise<readonly Objection[]> =>
  inFolder(async folder => {
    const file = join(folder, 'mortise.yaml')
    await writeFile(file, text)
    const printed = await printedBy([...cfnLint.command, '--format', 'json', '--regions', 'eu-west-1', '--', file], { cwd: folder })
    const found = JSON.parse(printed || '[]') as readonly {
      readonly Rule: { readonly Id: string }
      readonly Message: string
      readonly Location: { readonly Start: { readonly LineNumber: number } }
    }[]
    return found.map(({ Rule, Message, Location }) => ({ summary: `${Rule.Id} ${Message}`, line: Location.Start.LineNumber }))
  })

/** What a checker printed: one that objects ends with a status of its own. */
async function printedBy(command: readonly [string, ...string[]], options: RunOptions): Promise<string> {
  try {
    return await run(command, options)
  } catch (error) {
    if (error instanceof CommandFailed && error.stdout !== '') return error.stdout
    throw error
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mortise-code-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
