module.exports = { displayName: '@ramble/example-music', preset: '../../jest.preset.cjs' };
