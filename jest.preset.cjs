const nxPreset = require('@nx/jest/preset').default;

/**
 * Two projects run at a time, so their trainings have one thread each, in this process and in those that specs start:
 * results are the same bits for any number of threads, and threads that wait for a core keep the others busy. Specs
 * of threads set their number.
 */
process.env.RAMBLE_THREADS ??= '1';

/** Compiler of TypeScript, and of Preact's JSX in `.tsx`. */
const compiler = (tsx) => [
  require.resolve('./tools/jest-transform.cjs'),
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx },
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
    },
  },
];

/** Jest in ESM mode for every project: the default CommonJS mode hides errors that real Node shows. */
module.exports = {
  ...nxPreset,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.ts$': compiler(false), '^.+\\.tsx$': compiler(true) },
  moduleFileExtensions: ['ts', 'tsx', 'mjs', 'js', 'json'],
  moduleNameMapper: {
    // Property tests make the same values each time.
    '^fast-check$': `${__dirname}/tools/seeded-fast-check.mjs`,
    // Some of its loops take most of the time of a training.
    '^@tensorflow/tfjs-backend-cpu$': `${__dirname}/tools/quick-tfjs-cpu.mjs`,
    // The main files of these packages are the same code in ES5, in which training takes up to twice as long.
    '^@tensorflow/tfjs-(backend-wasm|core)$': `${__dirname}/node_modules/@tensorflow/tfjs-$1/dist/tf-$1.es2017.js`,
  },
  testTimeout: 240_000, // a busy machine takes ten times as long as an idle one
  // A process that a failed test left behind would keep jest, and with it CI, waiting without end.
  forceExit: Boolean(process.env.CI),
  // The same for CommonJS as the transform does for ESM: looking these up on jest's global object is slow.
  sandboxInjectedGlobals: ['Math', 'Float32Array', 'Int32Array', 'Array', 'Object', 'Number'],
  testEnvironmentOptions: { customExportConditions: ['@ramble/source', 'node'] },
};
