module.exports = { displayName: '@ramble/chat', preset: '../../jest.preset.cjs' };
