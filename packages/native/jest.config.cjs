module.exports = { displayName: '@ramble/native', preset: '../../jest.preset.cjs' };
