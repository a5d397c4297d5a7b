import { attentionSizes } from '@ramble/node/testing';
import '@tensorflow/tfjs-backend-cpu';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { plainStepRunner } from '../../test/plain-step-runner.js';
import { ATTENTION_NAMES, type AttentionPattern } from '../attention/attention-kinds.js';
import { modelConfig, type ModelConfig } from '../config/model-config.js';
import { registerEngine } from '../engine/engine.js';
import { hostParameterStore } from '../parameters/create-parameter-store.js';
import { FORMATS } from '../parameters/weight-formats.js';
import { advance } from './advance.js';
import { decoderOf } from './decoder.js';
import type { Feed } from './cache-memory.js';
import { copySlot, createKvCache } from './kv-cache.js';
import { createModel, emptyModel, type Model } from './model.js';
import { type DecodingStep, type SharedPositions, stepRunnerOf } from './step-runners.js';

const shape = { vocabSize: 13, contextLength: 300, nLayer: 2, nHead: 3, nEmbd: 12, mlpDim: 20 };
/** Rows of every step that was run. */
let steps: number[] = [];
/** Positions that the feeds of the last step share. */
let shared: SharedPositions[] = [];

tf.registerBackend('stepping', () => {
  const backend = new MathBackendCPU();
  Reflect.set(backend, 'firstUse', false); // its greeting advertises another package
  return backend;
});
tf.copyRegisteredKernels('cpu', 'stepping');
registerEngine({
  name: 'stepping',
  kernels: {},
  createParameterStore: (specs) => {
    const store = hostParameterStore(specs);
    return { ...store, stored: (name) => ({ layout: FORMATS.f32, array: store.read(name) }) };
  },
  createStepRunner: (model) => {
    const run = plainStepRunner(model);
    return (step: DecodingStep) => {
      steps.push(step.tokens.length);
      shared = step.feeds.map((feed) => feed.shared);
      run(step);
    };
  },
});

/** Calls a function on the backend that runs whole steps, then returns to the cpu backend. */
async function inSteps<T>(work: () => T): Promise<T> {
  await tf.setBackend('stepping');
  steps = [];
  try {
    return work();
  } finally {
    await tf.setBackend('cpu');
  }
}

/** Makes a model with the same numbers on any backend, with confident predictions for some tokens. */
function boldModel(
  attention: AttentionPattern = 'causal',
  positions?: ModelConfig['positions'],
): Model {
  const model = emptyModel({ ...shape, ...attentionSizes(attention), positions });
  for (const [i, { name, shape: sizes }] of model.parameters.specs.entries()) {
    const size = sizes.reduce((product, length) => product * length, 1);
    const offset = name.endsWith('gain') ? 1 : 0;
    const values = Float32Array.from({ length: size }, (_, j) =>
      Math.sin(3 * i + j * (1 + (j % 7))),
    );
    model.parameters.write(
      name,
      values.map((value) => 0.3 * value + offset),
    );
  }
  return model;
}

const textOf = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * i + 3) % 13);

/** Returns the logits of consecutive calls; a call has one or more feeds. */
function logitsOf(
  model: Model,
  calls: readonly (readonly Feed[])[],
  wanted: 'last' | 'all',
): number[][] {
  const cache = createKvCache(model.decoder, 3);
  return calls.map((feeds) => Array.from(advance(model, cache, feeds, { logits: wanted })));
}

/** Kinds of attention that an engine can run as a list of ops. */
const LOWERED = ATTENTION_NAMES.filter((attention) => {
  const shape = { vocabSize: 5, nLayer: 1, nHead: 2, nEmbd: 4 };
  return decoderOf(modelConfig({ ...shape, attention })).layers[0].attention.lower;
});

describe.each([...LOWERED, 'local,compressed'] as const)(
  'whole steps of an engine, %s',
  (attention) => {
    it.each(['last', 'all'] as const)(
      'return the same as op by op, logits of %s',
      async (wanted) => {
        const calls = [
          [
            { slot: 2, tokens: textOf(9), prefixLength: 4 },
            { slot: 0, tokens: [5] },
          ],
          [
            { slot: 0, tokens: textOf(3) },
            { slot: 1, tokens: textOf(2), prefixLength: 2 },
            { slot: 2, tokens: [7] },
          ],
          [{ slot: 1, tokens: [1] }],
        ];
        const actual = await inSteps(() => logitsOf(boldModel(attention), calls, wanted));
        const expected = logitsOf(boldModel(attention), calls, wanted);
        actual.forEach((logits, i) => expect(logits).toBeAllClose(expected[i], { atol: 1e-4 }));
        expect(steps).toEqual([10, 6, 1]);
      },
    );
  },
);

it('whole steps add positions at every layer', async () => {
  const calls = [[{ slot: 0, tokens: textOf(6) }], [{ slot: 0, tokens: [2] }]];
  const of = (): number[][] => logitsOf(boldModel('causal', 'every-layer'), calls, 'all');
  const actual = await inSteps(of);
  of().forEach((logits, i) => expect(actual[i]).toBeAllClose(logits, { atol: 1e-4 }));
  expect(steps).toEqual([6, 1]);
});

describe('sequences that forked', () => {
  it.each([
    // The third continues the second, but the second reads most of their common tokens in the first's slot.
    ['causal', [0, 9, 9]],
    ['local', [0, 0, 0]], // overwrites positions
  ] as const)('share the positions that an earlier one reads, %s', async (attention, counts) => {
    await inSteps(() => {
      const model = boldModel(attention);
      const cache = createKvCache(model.decoder, 3);
      advance(model, cache, [{ slot: 0, tokens: textOf(9) }]);
      copySlot(cache, 0, 1);
      advance(model, cache, [{ slot: 1, tokens: [1, 2] }]);
      copySlot(cache, 1, 2);
      advance(
        model,
        cache,
        [0, 1, 2].map((slot) => ({ slot, tokens: [slot] })),
      );
    });
    expect(shared.map(({ count }) => count)).toEqual(counts);
    expect(shared.slice(1).every(({ storage, count }) => count === 0 || storage === 0)).toBe(true);
  });
});

describe('a long prompt', () => {
  it('is read in steps of 128 tokens', async () => {
    const calls = [
      [
        { slot: 0, tokens: textOf(100) },
        { slot: 1, tokens: textOf(200) },
      ],
    ];
    const actual = await inSteps(() => logitsOf(boldModel(), calls, 'last'));
    expect(steps).toEqual([128, 128, 44]);
    const expected = logitsOf(boldModel(), calls, 'last');
    expect(actual[0]).toBeAllClose(expected[0], { atol: 1e-4 });
  });

  it('is never cut within a prefix', async () => {
    const feeds = [
      { slot: 0, tokens: textOf(100) },
      { slot: 1, tokens: textOf(180), prefixLength: 150 },
    ];
    const actual = await inSteps(() => logitsOf(boldModel('prefix'), [feeds], 'last'));
    expect(steps).toEqual([100, 150, 30]);
    const expected = logitsOf(boldModel('prefix'), [feeds], 'last');
    expect(actual[0]).toBeAllClose(expected[0], { atol: 1e-4 });
  });
});

describe('no feed', () => {
  it('runs no step', async () => {
    expect(await inSteps(() => logitsOf(boldModel(), [[]], 'last'))).toEqual([[]]);
    expect(steps).toEqual([]);
  });
});

describe('a model with segment memory', () => {
  it('has no runner, and runs op by op', async () => {
    const calls = [[{ slot: 0, tokens: textOf(6) }], [{ slot: 0, tokens: [2] }]];
    const of = (): number[][] => logitsOf(boldModel('transformer-xl'), calls, 'all');
    const actual = await inSteps(of);
    expect(steps).toEqual([]);
    of().forEach((logits, i) => expect(actual[i]).toBeAllClose(logits, { atol: 1e-4 }));
  });
});

describe('a model whose store does not expose its numbers', () => {
  it('has no runner', async () => {
    const model = createModel(shape); // its store is of the cpu backend
    expect(await inSteps(() => stepRunnerOf(model))).toBeUndefined();
  });
});
