module.exports = { displayName: '@ramble/bench', preset: '../../jest.preset.cjs' };
