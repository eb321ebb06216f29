import { chmodSync, cpSync, globSync, rmSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { build } from 'rolldown'
import { root } from './run.ts'

/** What the product reads when it runs, from beside its code. */
const assets = 'joints/*/*/docs.md'

/**
 * `npm run build`: plain JavaScript in dist/, of packages only what it imports by name. Thirteen hundred small files took a third of a scan of 5,000 resources
 * to find and load; they go into a few, along the places where the sources wait for an import. Types are `npm run typecheck`.
 */
rmSync(`${root}dist`, { recursive: true, force: true })
await build({
  input: `${root}src/cli/main.ts`,
  platform: 'node',
  resolve: { conditionNames: ['source'] },
  external: id => !/^[.#]/.test(id) && !isAbsolute(id),
  output: { dir: `${root}dist/cli`, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
})
for (const file of globSync(assets, { cwd: `${root}src` })) cpSync(`${root}src/${file}`, `${root}dist/${file}`)
// npx runs it from here, where no installation has made it executable.
chmodSync(`${root}dist/cli/main.js`, 0o755)
