import util from 'node:util';

import { type Engine, registerEngine } from '@ramble/core';

import { variableStore } from './parameters/variable-store.js';
import { tensorflowKernels } from './tensorflow-kernels.js';
import { whyNot } from './why-not.js';

/** The name under which tfjs-node registers its backend. */
const BACKEND = 'tensorflow';

/** Google's TensorFlow library under tfjs, with kernels and a parameter store of this package. */
export const tensorflowEngine: Engine = {
  name: 'tensorflow',
  description: "TensorFlow's C library through @tensorflow/tfjs-node",
  check: () => {
    prepare();
    return Promise.resolve(whyNot(import.meta.url));
  },
  load: async () => {
    prepare();
    // eslint-disable-next-line @nx/enforce-module-boundaries -- an optional dependency, a kind that the rule does not know
    await import('@tensorflow/tfjs-node'); // makes its backend the current one
    registerEngine({
      name: BACKEND,
      kernels: tensorflowKernels,
      createParameterStore: variableStore,
    });
  },
};

/**
 * Before the library loads: no banners on standard error, and the function of Node's `util` that
 * tfjs-node calls, which Node 22 complains about and Node 23 no longer has.
 */
function prepare(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined = (value) => value === null || value === undefined;
}
