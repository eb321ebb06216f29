import type { KnipConfig } from 'knip'

export default {
  entry: [
    // Joints name their checks; a check that no joint asks is found by the fixture runner, with a better message.
    'tools/{build,run-tests,demo,check-licences,generate-docs,new-check,draw-terminal,build-lab}.ts',
    'tests/lab/{main,supervisor,global-setup,node/global-setup}.ts',
    'tests/lab/vitest.config.ts',
    'tests/lab/code/derive-schema.ts',
    'bench/**/*.ts',
  ],
  // The condition `source` of package.json's imports.
  paths: { '#*': ['./src/*'] },
  project: ['src/**/*.ts!', 'tools/**/*.{ts,js}', 'tests/**/*.ts', 'bench/**/*.ts'],
  // Called by path: publint by the package test, the schema by the test of the SARIF report.
  // Of the machine.
  ignoreBinaries: ['mount', 'umount'],
  ignoreDependencies: ['publint', '@microsoft/jest-sarif'],
  // A type beside the function that takes it is there for readers, used elsewhere or not.
  exclude: ['types'],
  ignoreExportsUsedInFile: true,
} satisfies KnipConfig
