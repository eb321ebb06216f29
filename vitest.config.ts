import { defineConfig } from 'vitest/config'

// What `#folder/file.ts` means; the published package has it no more.
const fromSource = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
}
const packageTest = 'tests/e2e/package.test.ts'

/** `tests/lab` has its own configuration: it starts real components. */
export default defineConfig({
  ...fromSource,
  test: {
    projects: [
      // Files share a process for each core, and what they import: loading the product anew for each of them took as long as all that they prove. What
      // a file changes of its environment it takes back; --sequence.shuffle.files finds one that leans on another.
      // Property tests take a while where the machine is busy.
      {
        ...fromSource,
        test: {
          name: 'unit',
          isolate: false,
          maxWorkers: '100%',
          include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'tests/{diagnose,oracles,network}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        ...fromSource,
        test: { name: 'e2e', maxWorkers: '100%', include: ['tests/e2e/**/*.test.ts'], exclude: [packageTest], testTimeout: 60_000 },
      },
      { ...fromSource, test: { name: 'package', include: [packageTest], testTimeout: 300_000, hookTimeout: 600_000 } },
    ],
  },
})
