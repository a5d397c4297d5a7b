module.exports = {
  displayName: '@ramble/explorer-app',
  preset: '../../jest.preset.cjs',
  globalSetup: './test/build-page.mjs',
};
