import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cache, makeAtomically } from '../build/cache.ts'
import { moduleProgram, publishedProgram } from '../build/go.ts'
import type { Part } from '../build/part.ts'
import { run } from '../process/run.ts'
import { versions } from '../versions.ts'

/** Terraform itself. */
export const terraform = publishedProgram('terraform', 'github.com/hashicorp/terraform', versions.terraform)

/** A provider that knows the schema of what plans are written in; see `provider/main.go`. */
export const schemaProvider = moduleProgram('terraform-schema-provider', new URL('provider/', import.meta.url))

const cfnLintFolder = join(cache.directory, `cfn-lint-${versions.cfnLint}`)

/** CloudFormation's own linter, which brings the schemas of its resources. */
export const cfnLint: Part & { readonly command: readonly [string, ...string[]] } = {
  name: 'cfn-lint',
  command: [join(cfnLintFolder, 'bin', 'python'), '-c', 'from cfnlint.runner import main; main()'],
  isReady: () => existsSync(cfnLintFolder),
  build: () =>
    makeAtomically(cfnLintFolder, async folder => {
      await run(['python3', '-m', 'venv', folder], { log: cache.log })
      const pip: readonly [string, ...string[]] = [
        join(folder, 'bin', 'python'),
        '-m',
        'pip',
        'install',
        '--quiet',
        `cfn-lint==${versions.cfnLint}`,
      ]
      await run(pip, { log: cache.log })
    }),
}

/** What reads the code that plans are written as. */
export const codeCheckers: readonly Part[] = [terraform, schemaProvider, cfnLint]
