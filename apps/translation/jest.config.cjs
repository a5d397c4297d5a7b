module.exports = { displayName: '@ramble/translation-app', preset: '../../jest.preset.cjs' };
