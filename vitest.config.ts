import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `#folder/file.ts` means the sources here, and `dist/` in the published package.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  test: { include: ['src/**/*.test.ts', 'tools/**/*.test.ts'] },
})
