module.exports = { displayName: '@ramble/example-domains', preset: '../../jest.preset.cjs' };
