import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';

import { registerEngine } from '@ramble/core';
import { type Attributes, composedKernelOf, type Engine, kernelFunc } from '@ramble/core/engine';
import { messageOf } from '@ramble/core/files';
import type * as tf from '@tensorflow/tfjs-core';

import { ATTENTION_KERNELS, isPlainAttention } from './kernels/attention.js';
import { DENSE_KERNELS, isPlainLoss } from './kernels/dense.js';
import { variableStore } from './parameters/variable-store.js';

/** Name under which tfjs-node registers its backend. */
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
    // eslint-disable-next-line @nx/enforce-module-boundaries -- an optional dependency, which the rule does not support
    await import('@tensorflow/tfjs-node'); // makes its backend the current one
    registerEngine({
      name: BACKEND,
      kernels: tensorflowKernels,
      createParameterStore: variableStore,
    });
  },
};

/**
 * Prepares the process for loading the library: no banners on standard error, and the function of Node's
 * `util` that tfjs-node calls. Node 22 warns about that function, and Node 23 no longer has it.
 */
function prepare(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined = (value) => value === null || value === undefined;
}

const HOW =
  'in a clone of ramble run npm run setup:tensorflow, elsewhere npm install @tensorflow/tfjs-node@4.22.0';

/**
 * Returns the reason why tfjs-node cannot be loaded and how to install it; `undefined` if it can be loaded.
 *
 * @param from - The module that would import it, as a path or file URL.
 */
export function whyNot(from: string): string | undefined {
  const require = createRequire(from);
  let folder: string;
  try {
    // eslint-disable-next-line @nx/enforce-module-boundaries -- an optional dependency, which the rule does not support
    folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return `@tensorflow/tfjs-node is not installed: ${HOW}`;
  }
  const binding = join(folder, 'lib/napi-v8/tfjs_binding.node');
  if (!existsSync(binding)) return `@tensorflow/tfjs-node is installed without its binary: ${HOW}`;
  try {
    require(binding);
  } catch (error) {
    const reason = messageOf(error);
    return `the binary of @tensorflow/tfjs-node does not load (${reason}): ${HOW}`;
  }
  return undefined;
}

/**
 * Conditions on a kernel's attributes, by kernel name. If the attributes do not meet them, the op runs in its
 * composed form.
 */
const LIMITS: Readonly<Partial<Record<string, (attributes: Attributes) => boolean>>> = {
  Attention: isPlainAttention,
  AttentionGrad: isPlainAttention,
  CrossEntropy: isPlainLoss,
  CrossEntropyGrad: isPlainLoss,
};

/** Kernels of TensorFlow for the ops of core. */
const tensorflowKernels: Readonly<Record<string, tf.KernelFunc>> = Object.fromEntries(
  Object.entries({ ...ATTENTION_KERNELS, ...DENSE_KERNELS }).map(
    ([name, kernel]): [string, tf.KernelFunc] => [
      name,
      (call) => {
        const fits = LIMITS[name]?.(call.attrs as Attributes) ?? true; // as the op describes them
        return (fits ? kernelFunc(kernel) : composedKernelOf(name))(call);
      },
    ],
  ),
);
