module.exports = { displayName: '@ramble/parallel', preset: '../../jest.preset.cjs' };
