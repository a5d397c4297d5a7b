module.exports = { displayName: '@ramble/attack', preset: '../../jest.preset.cjs' };
