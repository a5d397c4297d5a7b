module.exports = { displayName: '@ramble/text-app', preset: '../../jest.preset.cjs' };
