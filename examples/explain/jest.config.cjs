module.exports = { displayName: '@ramble/example-explain', preset: '../../jest.preset.cjs' };
