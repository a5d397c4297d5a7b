module.exports = { displayName: '@ramble/safetensors', preset: '../../jest.preset.cjs' };
