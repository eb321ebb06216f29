import { chmodSync, cpSync, globSync, rmSync } from 'node:fs'
import { bin, root, run } from './run.ts'

/** `npm run build`: plain JavaScript in dist/, and beside it the files that the product reads when it runs. */
const assets = 'joints/*/*/docs.md'

rmSync(`${root}dist`, { recursive: true, force: true })
const code = await run(bin('tsc'), ['-p', 'tsconfig.build.json'])
if (code === 0) {
  for (const file of globSync(assets, { cwd: `${root}src` })) cpSync(`${root}src/${file}`, `${root}dist/${file}`)
  // npx runs it from here, where no installation has made it executable.
  chmodSync(`${root}dist/cli/main.js`, 0o755)
}
process.exitCode = code
