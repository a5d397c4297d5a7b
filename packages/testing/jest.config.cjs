module.exports = { displayName: '@ramble/testing', preset: '../../jest.preset.cjs' };
