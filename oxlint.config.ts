import { defineConfig } from 'oxlint'
import { layers } from './layers.ts'

const pureFolders = Object.entries(layers).filter(([, layer]) => layer.pure === true)
const reason = 'engines, checks and reports are pure, so that a saved world gives the same answer anywhere and any time'
const impureGlobals = [
  'process',
  'fetch',
  'WebSocket',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'navigator',
  'localStorage',
]

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise'],
  jsPlugins: ['./tools/lint/house-rules.ts'],
  ignorePatterns: ['dist/**', 'coverage/**'],
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error' },
  rules: {
    'house/layers': 'error',
    'house/file-name': 'error',
    'house/clock': 'error',

    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-unnecessary-type-assertion': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-readonly': 'error',
    'typescript/return-await': 'error',
    // `typeof import('…')` names a package that is loaded only when it is used.
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    // `'*' | string` says to a reader what to expect.
    'typescript/no-redundant-type-constituents': 'off',
    'typescript/unbound-method': 'off',
    // It does not follow `typeof`, so it fires where a value was narrowed already.
    'typescript/no-base-to-string': 'off',
    'unicorn/no-new-array': 'off',
    // `() => void expect(…)` keeps a property test from reading what came back; without it the property fails.
    'typescript/no-meaningless-void-operator': 'off',
    'no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    // Reports and terminals are about control characters.
    'no-control-regex': 'off',
    'no-console': 'error',
    'no-eval': 'error',
    'no-param-reassign': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    eqeqeq: 'error',

    // Longer ones ask to be two.
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  },
  overrides: [
    {
      files: pureFolders.map(([folder]) => `src/${folder}/**`),
      rules: {
        'no-restricted-globals': ['error', ...impureGlobals.map(name => ({ name, message: reason }))],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: `${reason}: world.readAt is the clock` },
          { object: 'Math', property: 'random', message: reason },
          { object: 'crypto', property: 'randomUUID', message: reason },
        ],
      },
    },
    {
      files: ['**/*.test.ts', 'tests/**', 'tools/**', 'bench/**'],
      rules: {
        'no-console': 'off',
        'typescript/require-array-sort-compare': 'off',
        // `as never` builds bodies that hold only what a test is about.
        'typescript/no-unnecessary-type-assertion': 'off',
        'typescript/no-misused-promises': 'off',
        'max-lines': 'off',
        'max-lines-per-function': 'off',
        'no-restricted-globals': 'off',
        'no-restricted-properties': 'off',
        'house/clock': 'off',
      },
    },
  ],
})
