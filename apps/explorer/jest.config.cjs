module.exports = {
  displayName: '@ramble/explorer-app',
  preset: '../../jest.preset.cjs',
  globalSetup: './test/build-page.mjs',
  testTimeout: 180_000, // pages wait for a minute at most, so that a busy machine fails no test
};
