import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Tests against real components: one lab for all files, one file at a time. */
export default defineConfig({
  root: path('../..'),
  // The product's own `#folder/file.ts` imports then mean src/.
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  test: {
    include: ['tests/lab/**/*.test.ts'],
    globalSetup: [path('global-setup.ts')],
    fileParallelism: false,
    testTimeout: 60_000,
    // The first run on a machine builds Kubernetes.
    hookTimeout: 20 * 60_000,
  },
})
