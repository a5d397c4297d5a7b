module.exports = { displayName: '@ramble/mpi', preset: '../../jest.preset.cjs' };
