module.exports = { displayName: '@ramble/music', preset: '../../jest.preset.cjs' };
