module.exports = { displayName: '@ramble/files', preset: '../../jest.preset.cjs' };
