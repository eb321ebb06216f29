import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

// npm runs this after `npm ci`, so that `npx mortise` works at once. JavaScript, because without dev dependencies the Node at hand may be an old one,
// and then there is nothing to build with either.
if (existsSync('node_modules/rolldown')) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' })
  process.exitCode = status ?? 1
}
