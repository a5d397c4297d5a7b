module.exports = { displayName: '@ramble/addon', preset: '../../jest.preset.cjs' };
