import '@tensorflow/tfjs-backend-cpu';
import { registerEngine } from '@ramble/core';
import { type Engine, registerComposedKernels } from '@ramble/core/engine';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { collectTests, failureOf } from '../../test/collect-tests.js';
import { globalRunner } from '../assert-close.js';
import { describeEngineConformance } from './describe-engine-conformance.js';

/** tfjs's cpu backend, with no kernels of ramble. */
const composed: Engine = {
  name: 'composed',
  description: 'the composed form of every op',
  check: () => Promise.resolve(undefined),
  load: async () => {
    await tf.setBackend('cpu');
  },
};
tf.env().set('IS_TEST', true); // tfjs then checks that kernels dispose of what they make
// Without kernels, comparisons with the composed form would compare it with itself.
const runner = globalRunner();
describeEngineConformance(composed, {
  ...runner,
  describe: (name, body) => {
    if (name !== 'runs the same as the composed form') runner.describe(name, body);
  },
});

describe('describeEngineConformance', () => {
  it('finds a wrong gradient, and tensors that are not disposed of', async () => {
    tf.env().set('IS_TEST', false); // tfjs's own check would fail first
    const broken: Engine = { ...composed, name: 'broken', load: loadBroken };
    const tests = collectTests((runner) => describeEngineConformance(broken, runner));
    expect(await failureOf(tests, 'embedding of 64 ids in [7, 15]')).toBeUndefined();
    expect(await failureOf(tests, 'layerNorm of [7, 15]')).toMatch(
      /^Error: gradient of input 1: expected \S+ at \d+ of 15, got 0, a difference of /,
    );
    expect(await failureOf(tests, 'dropout on [7, 15]')).toBe(
      'Error: tensors left behind: expected 0, got 2', // one for each run of the forward kernel
    );
    expect(await failureOf(tests, 'every gradient')).toMatch(/norm\d?\.gain: expected/i);
    await tf.setBackend('cpu');
    tf.removeBackend('broken');
  });

  it('fails with the reason why an engine cannot run', async () => {
    const absent: Engine = {
      ...composed,
      check: () => Promise.resolve('no binary for this system'),
    };
    const tests = collectTests((runner) => describeEngineConformance(absent, runner));
    expect(await failureOf(tests, 'can run on this machine')).toBe(
      'Error: no binary for this system',
    );
  });
});

async function loadBroken(): Promise<void> {
  tf.registerBackend('broken', () => new MathBackendCPU());
  tf.copyRegisteredKernels('cpu', 'broken');
  registerComposedKernels('broken');
  await tf.setBackend('broken');
  const { kernelFunc } = tf.getKernel('LayerNormGrad', 'broken');
  const dropout = tf.getKernel('SeededDropout', 'broken');
  registerEngine({
    name: 'broken',
    kernels: {
      LayerNormGrad: (call) => {
        const [dx, dGain, dBias] = kernelFunc(call) as tf.Tensor[]; // composed kernels return tensors
        tf.dispose(dGain);
        return [dx, tf.zeros(dGain.shape), dBias];
      },
      SeededDropout: (call) => {
        tf.keep(tf.scalar(1));
        return dropout.kernelFunc(call);
      },
    },
  });
}
