module.exports = { displayName: '@ramble/cli', preset: '../../jest.preset.cjs' };
