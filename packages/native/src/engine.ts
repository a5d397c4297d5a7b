import { registerEngine } from '@ramble/core';
import type { Engine, InstructionSets } from '@ramble/core/engine';
import type { DoubleSoftmax } from '@ramble/core/sampling';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { type Addon, loadAddon } from './addon/load-addon.js';
import { alignedFloats } from './backend/kernel-memory.js';
import { asNative, NativeBackend } from './backend/native-backend.js';
import { nativeStepRunner } from './decoding/native-step-runner.js';
import { nativeKernels, PROGRAM_KERNELS } from './native-kernels.js';
import { createTrainer } from './training/native-trainer.js';
import { nativeParameterStore } from './training/planned-memory.js';

const BACKEND = 'native';

/** The engine `native`: C++ kernels under tfjs. */
export const nativeEngine: Engine = {
  name: 'native',
  description: 'C++ kernels of ramble, for the processor that they run on',
  check: () => Promise.resolve(whyNot()),
  load: async () => {
    if (!isRegistered()) register();
    await tf.setBackend(BACKEND);
  },
};

function isRegistered(): boolean {
  // The cast: tfjs declares that a factory is always found, and returns null.
  return (tf.findBackendFactory(BACKEND) as (() => unknown) | null) !== null;
}

function whyNot(): string | undefined {
  try {
    loadAddon(process.env);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function register(): void {
  const addon = loadAddon(process.env);
  tf.registerBackend(BACKEND, () => new NativeBackend(alignedFloats(addon), addon));
  tf.copyRegisteredKernels('cpu', BACKEND); // for ops of tfjs without a native kernel
  registerEngine({
    name: BACKEND,
    kernels: nativeKernels(addon),
    createParameterStore: nativeParameterStore(addon),
    storedTensor: (stored, shape) =>
      stored.layout.name.endsWith('Panels') ? undefined : asNative().storedTensor(stored, shape),
    createStepRunner: nativeStepRunner(addon),
    decodesFromPanels: true,
    instructionSets: instructionSets(addon, process.env.RAMBLE_ISA),
    createTrainer: (parameters) => createTrainer(parameters, addon, PROGRAM_KERNELS),
    softmax: nativeSoftmax(addon),
    roundToFloat16: (values, into) =>
      addon.roundToFloat16({ count: values.length, x: values, y: into }),
  });
}

/** Returns the instruction sets to choose from: only the one in the environment, if there is one. */
function instructionSets(addon: Addon, only: string | undefined): InstructionSets {
  const names = only ? [only] : addon.instructionSets();
  let [inUse] = names;
  return {
    names,
    inUse: () => inUse,
    use: (name) => {
      if (addon.useInstructionSet(name)) inUse = name;
    },
  };
}

/** Returns a function that computes the softmax of logits in C++, for sampling, and returns their log-sum-exp. */
export function nativeSoftmax(addon: Addon): DoubleSoftmax {
  return (logits, probabilities) => {
    if (probabilities && probabilities.length !== logits.length) {
      throw new RangeError(
        `probabilities: expected ${logits.length} numbers, got ${probabilities.length}`,
      );
    }
    const totals = new Float64Array(2);
    const count = logits.length;
    if (logits instanceof Float64Array) {
      addon.wideDistribution({ count, logits, probabilities, totals });
    } else {
      addon.distribution({ count, logits, probabilities, totals });
    }
    return totals[0] + Math.log(totals[1]);
  };
}
