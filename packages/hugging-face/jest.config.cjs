module.exports = {
  displayName: '@ramble/hugging-face',
  preset: '../../jest.preset.cjs',
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
};
