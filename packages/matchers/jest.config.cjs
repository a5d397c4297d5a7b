module.exports = { displayName: '@ramble/matchers', preset: '../../jest.preset.cjs' };
