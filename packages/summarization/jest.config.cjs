module.exports = { displayName: '@ramble/summarization', preset: '../../jest.preset.cjs' };
