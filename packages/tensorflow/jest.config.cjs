// In time for TensorFlow, which reads the real environment: tests see a copy of it.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

module.exports = { displayName: '@ramble/tensorflow', preset: '../../jest.preset.cjs' };
