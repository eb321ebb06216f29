import type { KnipConfig } from 'knip'

export default {
  entry: [
    'src/cli/main.ts!',
    // Joints name their checks; a check that no joint asks is found by the fixture runner, with a better message.
    'tools/{build,run-tests,demo,check-licences,generate-docs,new-check,draw-terminal,build-lab}.ts',
    'tests/lab/{main,supervisor}.ts',
    'tests/lab/vitest.config.ts',
    'bench/**/*.ts',
  ],
  project: ['src/**/*.ts!', 'tools/**/*.{ts,js}', 'tests/**/*.ts', 'bench/**/*.ts'],
  // A type beside the function that takes it is there for readers, used elsewhere or not.
  exclude: ['types'],
  ignoreExportsUsedInFile: true,
} satisfies KnipConfig
