import type { Command, Option } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Values that an option (`--check`) or a command's argument (`checks`) can take. */
export type Values = Readonly<Record<string, readonly string[]>>

/** The completion script of a shell, made from the commands themselves, so that it cannot fall behind them. */
export function completionScript(shell: Shell, program: Command, values: Values): string {
  const commands = program.commands.map(command => describe(command, values))
  return { bash, zsh, fish }[shell](program.name(), commands)
}

interface CommandFacts {
  readonly name: string
  readonly summary: string
  readonly arguments: readonly string[]
  readonly takesFiles: boolean
  readonly options: readonly OptionFacts[]
}

interface OptionFacts {
  readonly flags: readonly string[]
  readonly description: string
  readonly values: readonly string[]
  readonly takesValue: boolean
}

function describe(command: Command, values: Values): CommandFacts {
  const choices = command.registeredArguments.flatMap(argument => argument.argChoices ?? [])
  return {
    name: command.name(),
    summary: command.summary(),
    arguments: [...choices, ...(values[command.name()] ?? [])],
    takesFiles: command.registeredArguments.some(argument => argument.name() === 'paths'),
    options: command.options.map(option => describeOption(option, values)),
  }
}

const describeOption = (option: Option, values: Values): OptionFacts => ({
  flags: [option.short, option.long].filter(flag => flag !== undefined && flag !== null),
  description: option.description,
  values: option.argChoices ?? values[option.long ?? ''] ?? [],
  takesValue: option.required || option.optional,
})

function bash(name: string, commands: readonly CommandFacts[]): string {
  const valueCases = commands.flatMap(command =>
    command.options
      .filter(option => option.takesValue)
      .map(option => {
        const patterns = option.flags.map(flag => `"${command.name} ${flag}"`).join('|')
        const reply = option.values.length > 0 ? `compgen -W "${option.values.join(' ')}" -- "$word"` : 'compgen -f -- "$word"'
        return `    ${patterns}) mapfile -t COMPREPLY < <(${reply}); return ;;`
      }),
  )
  const wordCases = commands.map(command => {
    const words = [...command.arguments, ...command.options.flatMap(option => option.flags)]
    const files = command.takesFiles ? '; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")' : ''
    return `    ${command.name}) mapfile -t COMPREPLY < <(compgen -W "${words.join(' ')}" -- "$word")${files} ;;`
  })
  return `# bash completion of ${name}
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]:-}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "${commands.map(command => command.name).join(' ')} --help --version" -- "$word")
    return
  fi
  case "$command $before" in
${valueCases.join('\n')}
  esac
  case "$command" in
${wordCases.join('\n')}
  esac
}
complete -o filenames -F _${name} ${name}
`
}

function zsh(name: string, commands: readonly CommandFacts[]): string {
  const list = commands.map(command => `    '${command.name}:${quoted(command.summary)}'`).join('\n')
  const cases = commands.map(command => {
    const options = command.options.flatMap(option =>
      option.flags.map(flag => {
        const value = option.values.length > 0 ? `:value:(${option.values.join(' ')})` : option.takesValue ? ':value:_files' : ''
        return `'*${flag}[${quoted(option.description)}]${value}'`
      }),
    )
    const words =
      command.arguments.length > 0 ? `'*:argument:(${command.arguments.join(' ')})'` : command.takesFiles ? `'*:path:_files'` : ''
    return `    ${command.name}) _arguments ${[...options, words].filter(Boolean).join(' \\\n      ')} ;;`
  })
  return `#compdef ${name}
_${name}() {
  local -a commands=(
${list}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${name}; fi
`
}

const quoted = (text: string): string => text.replaceAll("'", "'\\''").replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', '\\:')

function fish(name: string, commands: readonly CommandFacts[]): string {
  const lines = commands.flatMap(command => {
    const inside = `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}'`
    const options = command.options.map(option => {
      const flags = option.flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ')
      const value = option.values.length > 0 ? ` -xa '${option.values.join(' ')}'` : option.takesValue ? ' -r' : ''
      return `${inside} ${flags}${value} -d '${fishQuoted(option.description)}'`
    })
    const words = command.arguments.length > 0 ? [`${inside} -fa '${command.arguments.join(' ')}'`] : []
    return [`complete -c ${name} -n __fish_use_subcommand -fa ${command.name} -d '${fishQuoted(command.summary)}'`, ...words, ...options]
  })
  return `# fish completion of ${name}\n${lines.join('\n')}\n`
}

const fishQuoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
