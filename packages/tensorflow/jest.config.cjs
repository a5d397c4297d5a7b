module.exports = { displayName: '@ramble/tensorflow', preset: '../../jest.preset.cjs' };
