import { buildAll } from '../tests/lab/build/build-all.ts'

/** Builds what the lab runs into its cache, so that a slow first build can go on beside other work. */
await buildAll(line => void process.stderr.write(`${line}\n`))
