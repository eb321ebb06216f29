import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { bin, root, run } from './run.ts'

const dist = `${root}dist/`

/** `npm run build`: plain JavaScript in dist/, and beside it the files that the product reads when it runs. */
const assets = 'joints/*/*/docs.md'

rmSync(dist, { recursive: true, force: true })
const code = await run(bin('tsc'), ['-p', 'tsconfig.build.json'])
if (code === 0) {
  for (const file of globSync(assets, { cwd: `${root}src` })) cpSync(`${root}src/${file}`, `${dist}${file}`)
  for (const file of globSync('**/*.js', { cwd: dist })) leadStraight(file)
  // npx runs it from here, where no installation has made it executable.
  chmodSync(`${dist}cli/main.js`, 0o755)
}
process.exitCode = code

/** Node looks up `#folder/file.ts` in package.json each time that it stands somewhere, 2,500 times in all: a seventh of the time that all checks take to load. */
function leadStraight(file: string): void {
  const text = readFileSync(`${dist}${file}`, 'utf8')
  const to = (target: string) => posix.relative(dirname(file), `${target}.js`).replace(/^(?!\.)/, './')
  const straight = text.replace(
    /\b(from |import\(|import )'#([\w/-]+)\.ts'/g,
    (_whole, before: string, target: string) => `${before}'${to(target)}'`,
  )
  if (straight !== text) writeFileSync(`${dist}${file}`, straight)
}
