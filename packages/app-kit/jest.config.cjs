module.exports = {
  displayName: '@ramble/app-kit',
  preset: '../../jest.preset.cjs',
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/templates/'], // they are node:test's
};
