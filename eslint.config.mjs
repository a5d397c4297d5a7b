import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

import docComments from './tools/lint/doc-comment.mjs';

/** Which layer may import which; a project without a known tag may import nothing. */
const layers = {
  'type:matchers': [],
  'type:core': [],
  'type:study': ['type:core'],
  'type:safetensors': ['type:core'],
  'type:gguf': ['type:core', 'type:safetensors', 'type:tokenizers'], // tokenizers in specs alone
  'type:runs': ['type:core', 'type:safetensors'],
  'type:hugging-face': ['type:core', 'type:safetensors', 'type:runs'],
  'type:addon': [],
  'type:mpi': ['type:core', 'type:addon'],
  'type:engine': ['type:core', 'type:addon', 'type:study'], // the study in specs alone
  'type:tokenizers': [],
  'type:metrics': [],
  'type:files': [],
  'type:datasets': ['type:core', 'type:files'],
  'type:run-folder': ['type:core', 'type:files', 'type:runs'],
  'type:domain': ['type:core', 'type:tokenizers', 'type:metrics'],
  'type:testing': ['type:core', 'type:safetensors', 'type:hugging-face', 'type:matchers'],
  'type:chat': ['type:core', 'type:domain', 'type:tokenizers'], // tokenizers in specs alone
  'type:server': ['type:core', 'type:chat'],
  'type:explorer': ['type:core', 'type:runs', 'type:study', 'type:chat'],
  'type:page': [
    'type:explorer',
    'type:app',
    'type:chat',
    'type:engine',
    'type:domain',
    'type:runs',
    'type:core',
  ],
  'type:command-line': [
    'type:core',
    'type:safetensors',
    'type:runs',
    'type:hugging-face',
    'type:gguf',
    'type:study',
    'type:files',
    'type:run-folder',
    'type:datasets',
    'type:metrics',
    'type:chat',
    'type:server',
    'type:explorer',
  ],
  'type:app': [
    'type:command-line',
    'type:chat',
    'type:datasets',
    'type:domain',
    'type:tokenizers',
    'type:metrics',
    'type:files',
    'type:core',
  ],
  'type:cli': [
    'type:app',
    'type:page',
    'type:command-line',
    'type:engine',
    'type:mpi',
    'type:datasets',
    'type:metrics',
    'type:core',
  ],
  'type:tool': [
    'type:app',
    'type:page',
    'type:explorer',
    'type:command-line',
    'type:server',
    'type:run-folder',
    'type:files',
    'type:engine',
    'type:mpi',
    'type:datasets',
    'type:domain',
    'type:tokenizers',
    'type:metrics',
    'type:safetensors',
    'type:runs',
    'type:hugging-face',
    'type:gguf',
    'type:study',
    'type:core',
  ],
};
/** Layers whose specs may use the matchers and the conformance suite. */
const tested = ['type:matchers', 'type:testing'];

const noNode = {
  regex: '^node:',
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
          depConstraints: Object.entries(layers).map(([sourceTag, allowed]) => ({
            sourceTag,
            onlyDependOnLibsWithTags: [
              ...allowed,
              ...(sourceTag === 'type:matchers' ? [] : tested),
            ],
          })),
        },
      ],
    },
  },
  {
    files: [
      'packages/{core,safetensors,gguf,runs,hugging-face,study,explorer,explorer-page,tokenizers,metrics,language,summarization,translation,music,matchers,testing}/src/**/*.{ts,tsx}',
    ],
    ignores: ['**/*.spec.ts'],
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
