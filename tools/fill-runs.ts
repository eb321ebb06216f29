import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Fills pages with what real runs print: `node -C source tools/fill-runs.ts [--check]`. A page has a block of a shell with one command
 * (`$ mortise …`, goes on after a backslash), and what it prints follows below in the same block. With --check it fails when a page no longer shows
 * what the run prints.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const pages = ['docs/guide/diagnose.md']

const block = /^```console\n\$ mortise ((?:[^\n]*\\\n)*[^\n]*)\n[\s\S]*?^```$/gm

/** Words as a shell takes them apart: quotes keep what is between them. */
const wordsOf = (command: string): readonly string[] =>
  [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  )

function filled(whole: string, command: string): string {
  const run = spawnSync(process.execPath, ['-C', 'source', `${root}src/cli/main.ts`, ...wordsOf(command)], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, COLUMNS: '80' },
  })
  if (run.status === 2 || run.stdout === '') throw new Error(`mortise ${command} ended with ${run.status}: ${run.stderr}`)
  return `\`\`\`console\n$ mortise ${command}\n${run.stdout.trimEnd()}\n\`\`\``
}

let stale = false
for (const page of pages) {
  const before = readFileSync(`${root}${page}`, 'utf8')
  const after = before.replaceAll(block, filled)
  if (after === before) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`${page} is stale: npm run docs\n`)
    stale = true
  } else writeFileSync(`${root}${page}`, after)
}
process.exitCode = stale ? 1 : 0
