module.exports = { displayName: '@ramble/node', preset: '../../jest.preset.cjs' };
