import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { checkTemplate } from './check-template.ts'
import { root } from './run.ts'

/** `npm run new check irsa/audience-mismatch`: the folder of a new check. */
const usage = 'usage: npm run new check <joint>/<thing>-<what is wrong with it>'

function whyNot(id: string): string | undefined {
  if (!/^[a-z0-9-]+\/[a-z0-9]+(-[a-z0-9]+)+$/.test(id))
    return `${id} is no id: <joint>/<thing>-<what is wrong with it>, such as irsa/role-missing`
  const [joint = ''] = id.split('/')
  if (!existsSync(`${root}src/joints/${joint}/joint.ts`)) return `there is no joint ${joint}; there are ${knownJoints().join(', ')}`
  if (existsSync(`${root}src/joints/${id}`)) return `${id} exists: src/joints/${id}`
  if (retired().includes(id))
    return `${id} was retired: an id keeps its meaning for ever, since waivers and reports name it; choose another`
  return undefined
}

const retired = (): readonly string[] => JSON.parse(readFileSync(`${root}docs/checks/retired.json`, 'utf8')) as readonly string[]

const knownJoints = (): readonly string[] =>
  readdirSync(`${root}src/joints`, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(`${root}src/joints/${entry.name}/joint.ts`))
    .map(entry => entry.name)

function make(id: string): void {
  const folder = `src/joints/${id}`
  mkdirSync(`${root}${folder}`)
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { readonly version: string }
  for (const [name, text] of Object.entries(checkTemplate(id, version))) writeFileSync(`${root}${folder}/${name}`, text)
  const [joint = '', name = ''] = id.split('/')
  const variable = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  process.stdout.write(`made ${folder}/
  check.ts    say what it reads and when it fails
  fail.yaml   the smallest world in which it fires; pass.yaml  the same world, mended
  docs.md     three sections to fill in

next:
  1. in src/joints/${joint}/joint.ts, put it on the link that it judges (or under safe, when it stands on its own):
       import ${variable} from './${name}/check.ts'
  2. npm run test:unit -- -t ${id}    says what is still missing, and writes fail.snap: read it as a user would
  3. npm run docs                     makes docs/checks/${id}.md
`)
}

const [what, id] = process.argv.slice(2)
if (what !== 'check' || id === undefined) {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
} else {
  const why = whyNot(id)
  if (why === undefined) make(id)
  else {
    process.stderr.write(`error: ${why}\n`)
    process.exitCode = 2
  }
}
