import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const everyTest = 'tests/lab/**/*.test.ts'
const onNode = 'tests/lab/**/*.node.test.ts'

/**
 * Tests against real components, over labs of two sorts: in most tests pods stay as they are made, as fits a control plane
 * without nodes; those of `*.node.test.ts` run. Files that run at a time have a lab each.
 */
export default defineConfig({
  root: path('../..'),
  // The product's own `#folder/file.ts` imports then mean src/.
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  test: {
    maxWorkers: 2,
    // Labs share the machine: what takes 20 s alone may take three times that.
    testTimeout: 120_000,
    // The first run on a machine builds Kubernetes.
    hookTimeout: 20 * 60_000,
    projects: [
      { extends: true, test: { name: 'control plane', include: [everyTest], exclude: [onNode], globalSetup: [path('global-setup.ts')] } },
      { extends: true, test: { name: 'node', include: [onNode], globalSetup: [path('node/global-setup.ts')] } },
    ],
  },
})
