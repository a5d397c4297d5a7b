module.exports = { displayName: '@ramble/tokenizers', preset: '../../jest.preset.cjs' };
