module.exports = { displayName: '@ramble/server', preset: '../../jest.preset.cjs' };
