module.exports = { displayName: 'ramble', preset: '../../jest.preset.cjs' };
