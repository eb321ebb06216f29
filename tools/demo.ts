import { existsSync } from 'node:fs'
import { root, run } from './run.ts'

/** `npm run demo`: scans and explains the bundled company. It finds things on purpose, so exit 1 of a command is a success here. */
const steps = [
  ['scan', 'examples/shop'],
  ['explain', 'sts/ledger', 'examples/shop', '-n', 'payments'],
]
const built = existsSync(`${root}dist/cli/main.js`)
const start = built ? [`${root}dist/cli/main.js`] : ['-C', 'source', `${root}src/cli/main.ts`]

for (const args of steps) {
  process.stdout.write(`\n$ npx mortise ${args.join(' ')}\n\n`)
  const code = await run(process.execPath, [...start, ...args])
  if (code > 1) {
    process.stderr.write(`error: mortise ${args.join(' ')} ended with ${code}\n`)
    process.exitCode = code
    break
  }
}
