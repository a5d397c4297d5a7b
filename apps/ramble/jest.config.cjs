module.exports = {
  displayName: '@ramble/cli',
  preset: '../../jest.preset.cjs',
  // Nx starts last the projects that no other depends on: without workers, these specs would use one core at the
  // end.
  maxWorkers: '100%',
};
