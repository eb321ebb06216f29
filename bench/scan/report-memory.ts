import { writeFileSync } from 'node:fs'

/** Preloaded into a measured process: leaves its peak memory behind when it ends. */
const file = process.env['MORTISE_BENCH_MEMORY']
if (file !== undefined) {
  process.on('exit', () => writeFileSync(file, JSON.stringify({ peakMegabytes: process.resourceUsage().maxRSS / 1024 })))
}
