module.exports = { displayName: '@ramble/summarization-app', preset: '../../jest.preset.cjs' };
