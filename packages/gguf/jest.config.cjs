module.exports = { displayName: '@ramble/gguf', preset: '../../jest.preset.cjs' };
