import { Argument, type Command } from 'commander'
import { print } from './write-output.ts'
import { completionScript, shells, type Shell } from './completion-script.ts'

export function addCompletion(mortise: Command): void {
  mortise
    .command('completion')
    .summary('print a completion script')
    .description('Prints the completion script of a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices([...shells]))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(mortise completion bash)\n  mortise completion zsh > "${fpath[1]}/_mortise"\n  mortise completion fish > ~/.config/fish/completions/mortise.fish',
    )
    .action(async (shell: Shell) => {
      const { allChecks, joints } = await import('#verbs/names.ts')
      return print(completionScript(shell, mortise, { '--check': allChecks(), '--joint': joints(), checks: allChecks() }))
    })
}
