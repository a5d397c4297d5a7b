module.exports = { displayName: '@ramble/portable', preset: '../../jest.preset.cjs' };
