module.exports = { displayName: '@ramble/example-browser', preset: '../../jest.preset.cjs' };
