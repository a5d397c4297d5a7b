module.exports = { displayName: '@ramble/language', preset: '../../jest.preset.cjs' };
