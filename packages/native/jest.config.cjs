// Before the preset asks for one thread: most specs of this package compute on several.
process.env.RAMBLE_THREADS ??= '2';

module.exports = { displayName: '@ramble/native', preset: '../../jest.preset.cjs' };
