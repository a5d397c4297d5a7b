module.exports = {
  displayName: '@ramble/explorer-page',
  preset: '../../jest.preset.cjs',
  globalSetup: './test/build-page.mjs',
};
