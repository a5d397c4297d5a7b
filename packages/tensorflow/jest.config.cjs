// In time for TensorFlow, which reads the real environment: tests see a copy of it.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

module.exports = {
  displayName: '@ramble/tensorflow',
  preset: '../../jest.preset.cjs',
  // The ES5 classes of tfjs-node cannot extend those of tfjs in ES2017, which the preset takes.
  moduleNameMapper: { '^@tensorflow/tfjs-(backend-cpu|backend-wasm|core)$': '@tensorflow/tfjs-$1' },
};
