module.exports = { displayName: '@ramble/core', preset: '../../jest.preset.cjs' };
