const { transform } = require('../../jest.preset.cjs');
const [[, [compiler, options]]] = Object.entries(transform);
const jsx = { ...options.jsc.parser, tsx: true };
const transformReact = { runtime: 'automatic', importSource: 'preact' };

module.exports = {
  displayName: '@ramble/explorer-app',
  preset: '../../jest.preset.cjs',
  // Some specs test classes that are in the file of their component.
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx$': [
      compiler,
      { ...options, jsc: { ...options.jsc, parser: jsx, transform: { react: transformReact } } },
    ],
  },
  moduleFileExtensions: ['ts', 'tsx', 'mjs', 'js', 'json'],
  globalSetup: './test/build-page.mjs',
  testTimeout: 180_000, // pages wait for a minute at most, so that a busy machine fails no test
};
