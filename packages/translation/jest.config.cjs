module.exports = { displayName: '@ramble/translation', preset: '../../jest.preset.cjs' };
