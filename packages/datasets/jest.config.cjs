module.exports = { displayName: '@ramble/datasets', preset: '../../jest.preset.cjs' };
