module.exports = { displayName: '@ramble/node-testing', preset: '../../jest.preset.cjs' };
