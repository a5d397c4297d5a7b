module.exports = {
  displayName: '@ramble/explorer',
  preset: '../../jest.preset.cjs',
};
