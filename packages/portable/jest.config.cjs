module.exports = {
  displayName: '@ramble/portable',
  preset: '../../jest.preset.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
