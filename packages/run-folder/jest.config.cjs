module.exports = { displayName: '@ramble/run-folder', preset: '../../jest.preset.cjs' };
