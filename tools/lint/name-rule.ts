const empty = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'shared', 'types', 'interfaces', 'constants', 'index']
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.[jt]s$/

/** Why a file may not be called so; undefined when it may. `file` is from the root of the repository, with `/`. */
export function whyMisnamed(file: string): string | undefined {
  const steps = file.split('/')
  const name = steps.at(-1) ?? ''
  const stem = name.split('.')[0] ?? ''
  const nothing = [...steps.slice(0, -1), stem].find(step => empty.includes(step))
  if (nothing !== undefined) return `"${nothing}" says nothing of what is inside: name files and folders for what they export`
  if (!kebab.test(name)) return `files are named in kebab-case, as every folder of the repository is, so that names can be guessed: ${name}`
  return undefined
}
