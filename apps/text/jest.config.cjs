module.exports = { displayName: '@ramble/text', preset: '../../jest.preset.cjs' };
