module.exports = {
  displayName: '@ramble/command-line',
  preset: '../../jest.preset.cjs',
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/templates/'], // they are node:test's
};
