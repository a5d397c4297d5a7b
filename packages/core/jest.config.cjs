module.exports = {
  displayName: '@ramble/core',
  preset: '../../jest.preset.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
