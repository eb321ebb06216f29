import { Option, type Command } from 'commander'
import { joinsOf } from './options.ts'
import { print } from './write-output.ts'

interface PermissionsOptions {
  readonly joint: readonly string[]
  readonly check: readonly string[]
  readonly questions: boolean
  readonly format: 'terminal' | 'json' | 'iam' | 'rbac'
}

export function addPermissions(mortise: Command): void {
  mortise
    .command('permissions')
    .summary('print the least that scan must be allowed to read')
    .description(
      'Prints the IAM policy and the ClusterRole that scan itself needs, made from what the checks read. Nothing in them writes.',
    )
    .addOption(joinsOf('--joint <name>', 'only for this joint (repeatable)'))
    .addOption(joinsOf('--check <id>', 'only for this check (repeatable)'))
    .option('--questions', 'also what can, who-can, access and scan --save read', false)
    .addOption(
      new Option('--format <format>', 'how to print; iam and rbac print one document alone')
        .choices(['terminal', 'json', 'iam', 'rbac'])
        .default('terminal'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  mortise permissions\n  mortise permissions --format iam > scan-policy.json\n  mortise permissions --format rbac | kubectl apply -f -',
    )
    .action(runPermissions)
}

async function runPermissions(options: PermissionsOptions): Promise<void> {
  const { permissions } = await import('#verbs/permissions.ts')
  const { aws, kubernetes } = permissions({ joints: options.joint, checks: options.check }, options.questions)
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
  switch (options.format) {
    case 'json':
      return print(json({ aws, kubernetes }))
    case 'iam':
      return print(json(aws))
    case 'rbac':
      return print(json(kubernetes))
    case 'terminal':
      return print(`IAM policy for the identity that scans:\n\n${json(aws)}\nClusterRole for it:\n\n${json(kubernetes)}`)
  }
}
