module.exports = {
  displayName: '@ramble/cli',
  preset: '../../jest.preset.cjs',
  // Nx begins projects that nothing depends on last: without workers these specs would keep one core busy at the end.
  maxWorkers: '100%',
};
