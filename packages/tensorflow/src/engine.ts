/* eslint-disable @nx/enforce-module-boundaries -- tfjs-node is an optional dependency, a kind that the rule does not know */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';

import { type Engine, registerParameterStore } from '@ramble/core';

import { variableStore } from './parameters/variable-store.js';
import { registerKernels } from './register-kernels.js';

/** The name under which tfjs-node registers its backend. */
const BACKEND = 'tensorflow';

const HOW_TO_GET_IT =
  'in a clone of ramble run npm run setup:tensorflow, elsewhere npm install @tensorflow/tfjs-node@4.22.0';

/** Google's TensorFlow library under tfjs, with kernels and a parameter store of this package. */
export const tensorflow: Engine = {
  name: 'tensorflow',
  description: "TensorFlow's C library through @tensorflow/tfjs-node",
  check: () => Promise.resolve(whyNot()),
  load: async () => {
    prepare();
    await import('@tensorflow/tfjs-node'); // makes its backend the current one
    registerKernels(BACKEND);
    registerParameterStore(BACKEND, variableStore);
  },
};

function whyNot(): string | undefined {
  const require = createRequire(import.meta.url);
  let binding: string;
  try {
    const folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
    binding = join(folder, 'lib/napi-v8/tfjs_binding.node');
  } catch {
    return `@tensorflow/tfjs-node is not installed; ${HOW_TO_GET_IT}`;
  }
  if (!existsSync(binding)) {
    return `@tensorflow/tfjs-node is here without its binary; ${HOW_TO_GET_IT}`;
  }
  prepare();
  try {
    require(binding);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `the binary of @tensorflow/tfjs-node does not load (${reason}); ${HOW_TO_GET_IT}`;
  }
  return undefined;
}

/** Before the library loads: no banners on standard error, and what Node 23 took from its `util`. */
function prepare(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
