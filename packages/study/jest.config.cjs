module.exports = {
  displayName: '@ramble/study',
  preset: '../../jest.preset.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
