import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

import docComments from './tools/lint/doc-comment.mjs';

/** Floors of packages, lowest first: a project imports only from lower floors. */
const floors = [
  ['type:node', 'type:tokenizers', 'type:metrics'],
  ['type:core'],
  ['type:runs', 'type:parallel'],
  ['type:testing'],
  ['type:engine', 'type:language', 'type:domain'],
  ['type:datasets', 'type:server', 'type:explorer'],
  ['type:command-line'],
  ['type:app'],
  ['type:page'],
  ['type:cli'],
  ['type:tool'],
];

const noNode = {
  regex: '^(node:|@ramble/(node(?!/matchers)|runs/node|parallel/mpi)\\b)',
  message: 'This package runs in a browser: take files, clocks and processes as arguments.',
};

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/coverage', '**/*.gen.ts', '.nx', 'tmp'] },
  js.configs.recommended,
  ...nx.configs['flat/base'],
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off', // -- `() => void f()` and short arrows read well
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'Draw from a seeded Random of @ramble/core.',
        },
      ],
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          banTransitiveDependencies: true,
          allow: [],
          depConstraints: floors.flatMap((tags, floor) =>
            tags.map((sourceTag) => ({
              sourceTag,
              onlyDependOnLibsWithTags: floors.slice(0, floor).flat(),
            })),
          ),
        },
      ],
    },
  },
  {
    files: [
      'packages/{core,runs,parallel,explorer,tokenizers,metrics,language,summarization,translation,music,testing}/src/**/*.{ts,tsx}',
      'apps/explorer/src/**/*.{ts,tsx}',
      'packages/command-line/src/{features,**/*-features}.ts',
    ],
    ignores: [
      '**/*.spec.ts',
      'packages/runs/src/{node/**,node.ts}',
      'packages/parallel/src/{mpi/**,mpi.ts}',
    ],
    rules: { 'no-restricted-imports': ['error', { patterns: [noNode] }] },
  },
  {
    files: ['{packages,apps}/*/src/**/*.{ts,tsx}'],
    ignores: ['**/*.spec.ts'],
    plugins: { ramble: docComments },
    rules: { 'ramble/doc-comment': 'error' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        TextDecoder: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        __filename: 'readonly',
        setTimeout: 'readonly',
        performance: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['examples/browser/{page,compare-page}.mjs'],
    languageOptions: {
      globals: { document: 'readonly', requestAnimationFrame: 'readonly', Worker: 'readonly' },
    },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // -- a test that meets undefined fails anyway
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  prettier,
);
