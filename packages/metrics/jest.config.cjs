module.exports = { displayName: '@ramble/metrics', preset: '../../jest.preset.cjs' };
