module.exports = { displayName: '@ramble/example-library', preset: '../../jest.preset.cjs' };
