module.exports = { displayName: '@ramble/app-kit', preset: '../../jest.preset.cjs' };
