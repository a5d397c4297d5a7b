module.exports = {
  displayName: '@ramble/explorer',
  preset: '../../jest.preset.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
