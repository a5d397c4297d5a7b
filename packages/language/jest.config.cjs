module.exports = {
  displayName: '@ramble/language',
  preset: '../../jest.preset.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
