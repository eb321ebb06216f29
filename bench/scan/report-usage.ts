import { writeFileSync } from 'node:fs'

/** Preloaded into a measured process: leaves behind what it took when it ends, the time of all its threads and its peak memory. */
const file = process.env['MORTISE_BENCH_USAGE']
if (file !== undefined) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    writeFileSync(file, JSON.stringify({ peakMegabytes: maxRSS / 1024, processorSeconds: (userCPUTime + systemCPUTime) / 1e6 }))
  })
}
