import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { joints, checksOf } from '#joints/all.ts'
import { blueprintSchema } from '#sources/files/blueprint-schema.ts'
import { checkPage, indexPage, type Page } from './check-page.ts'
import { root } from './run.ts'

/** `npm run docs`: docs/checks/ from what each check says of itself, and the schema of blueprints from the one that reads them. With --check it writes nothing and fails when a page is stale. */
const folder = 'docs/checks'

const read = (file: string): string => (existsSync(`${root}${file}`) ? readFileSync(`${root}${file}`, 'utf8') : '')

function fixture(home: string, prefix: string): string | undefined {
  const names = readdirSync(`${root}${home}`).filter(name => name.startsWith(prefix) && name.endsWith('.yaml'))
  return names.includes(`${prefix}.yaml`) ? `${prefix}.yaml` : names.sort()[0]
}

const pages: readonly Page[] = joints.flatMap(joint =>
  checksOf(joint).map(check => {
    const home = `src/joints/${check.id}`
    const [fail, pass] = [fixture(home, 'fail'), fixture(home, 'pass')]
    return {
      joint,
      check,
      docs: read(`${home}/docs.md`),
      fail: fail === undefined ? '' : read(`${home}/${fail}`),
      snapshot: fail === undefined ? '' : read(`${home}/${fail.replace(/\.yaml$/, '.snap')}`),
      pass: pass === undefined ? '' : read(`${home}/${pass}`),
    }
  }),
)

const wanted = new Map<string, string>([[`${folder}/README.md`, indexPage(joints, pages)]])
for (const page of pages) wanted.set(`${folder}/${page.check.id}.md`, checkPage(page))
wanted.set('docs/schemas/blueprint.schema.json', blueprintJsonSchema())

/** For editors: `# yaml-language-server: $schema=…` in a blueprint. */
function blueprintJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(blueprintSchema, { io: 'input' })
  const head = {
    $schema,
    $id: 'urn:mortise:schema:blueprint:2',
    title: 'Mortise blueprint',
    description: 'What shall hold: `mortise.yaml`, read by `mortise plan`.',
  }
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`
}

const there = globSync(`${folder}/**/*.md`, { cwd: root }).map(file => file.replaceAll('\\', '/'))
const surplus = there.filter(file => !wanted.has(file))
const stale = [...wanted].filter(([file, text]) => read(file) !== text).map(([file]) => file)

if (process.argv.includes('--check')) {
  for (const file of [...stale, ...surplus]) process.stderr.write(`error: ${file} is stale\n`)
  if (stale.length + surplus.length > 0) process.stderr.write('  = help: npm run docs\n')
  process.exitCode = stale.length + surplus.length === 0 ? 0 : 1
} else {
  for (const file of stale) {
    mkdirSync(dirname(`${root}${file}`), { recursive: true })
    writeFileSync(`${root}${file}`, wanted.get(file) ?? '')
  }
  for (const file of surplus) rmSync(`${root}${file}`)
  process.stderr.write(`docs/checks: ${wanted.size} pages, ${stale.length} written, ${surplus.length} removed\n`)
}
