#!/usr/bin/env node
// Kept free of imports, so that an old Node says what is missing instead of a syntax error.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `error: mortise needs Node 24 or newer, and this is ${process.version}\n  = help: install Node 24, or run it with npx node@24\n`,
  )
  process.exitCode = 2
} else {
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv.slice(2))
}

export {}
