import { createModel } from '../model/model.js';
import { golden } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { stepShapes } from './block-reading.js';
import { logitLens } from './logit-lens.js';
import { type PromptReading, readPrompt, type ReadPromptOptions } from './read-prompt.js';
import { scoreTables } from './score-table.js';

const vocabulary = { describe: (id: number): string => `<${id}>` };
const prompt = { tokens: golden.inputIds[0] };
/** A model with parts of Llama. Every second layer rotates its queries and keys. */
const llama = createModel(
  {
    ...{ vocabSize: 31, contextLength: 16, nLayer: 4, nHead: 4, nKvHead: 2, nEmbd: 16 },
    ...{ attention: 'window,causal,causal', window: 3, positions: 'rotary,none' },
    ...{ norm: 'rms', mlp: 'swiglu' },
  },
  { seed: 5 },
);
/** A model with layers of three kinds. */
const mixed = createModel(
  {
    ...{ vocabSize: 31, contextLength: 16, nLayer: 5, nHead: 4, nEmbd: 16 },
    ...{ attention: 'causal,local,compressed', localBlock: 4, compressionFactor: 3 },
  },
  { seed: 5 },
);

/** Returns a reading, with the values that it yielded before. */
function readAll(
  model: Parameters<typeof readPrompt>[0],
  options: Partial<ReadPromptOptions> = {},
): { reading: PromptReading; progress: number[] } {
  const reader = readPrompt(model, prompt, vocabulary, { count: 4, ...options });
  const progress: number[] = [];
  for (;;) {
    const { done, value } = reader.next();
    if (done) return { reading: value, progress };
    progress.push(value);
  }
}

describe('readPrompt', () => {
  it.each([
    ['GPT-2', tinyGpt2(), undefined],
    ['layers of several kinds', mixed, undefined],
    ['parts of Llama', llama, undefined],
    ['the input of every second block alone', mixed, 3 * 7 * 16],
  ])('has the same steps, lens and tables as separate passes: %s', (_, model, maxKept) => {
    const { reading } = readAll(model, { maxKept });
    expect(reading.steps).toEqual(stepShapes(model, prompt));
    const lens = logitLens(model, prompt, vocabulary, 4);
    expect(reading.lens.map(({ tokens }) => tokens.map(({ token }) => token))).toEqual(
      lens.map(({ tokens }) => tokens.map(({ token }) => token)),
    );
    expect(reading.lens.flatMap(({ tokens }) => tokens.map(({ logit }) => logit))).toBeAllClose(
      lens.flatMap(({ tokens }) => tokens.map(({ logit }) => logit)),
      { atol: 1e-5 },
    );
    for (let layer = model.config.nLayer - 1; layer >= 0; layer--) {
      const block = reading.block(layer);
      const tables = Array.from({ length: model.config.nHead }, (_, head) => block.table(head));
      expect(tables).toEqual(scoreTables(model, prompt, layer));
    }
  });

  it.each([
    ['layers of several kinds', mixed],
    ['parts of Llama', llama],
  ])('has the lens of every token: %s', (_, model) => {
    const { reading } = readAll(model, { maxKept: 3 * 7 * 16 });
    prompt.tokens.forEach((__, t) => {
      const tokens = prompt.tokens.slice(0, t + 1);
      logitLens(model, { tokens }, vocabulary, 1).forEach(({ blocks, tokens: [first] }) => {
        const found = reading.lensAfter(blocks)[t];
        expect(found.token).toBe(first.token);
        expect(found.probability).toBeCloseTo(first.probability, 5);
      });
    });
    expect(reading.lensAfter(1, 2)).toEqual(reading.lensAfter(1).slice(-2));
    expect(reading.lensAfter(1, 99)).toEqual(reading.lensAfter(1));
    expect(() => reading.lensAfter(model.config.nLayer + 1)).toThrow(RangeError);
  });

  it('yields after each block, so that the caller can stop', () => {
    expect(readAll(mixed).progress).toEqual([1, 2, 3, 4, 5]);
    const reader = readPrompt(mixed, prompt, vocabulary, { count: 4 });
    reader.next();
    reader.return(undefined as never);
    expect(reader.next().done).toBe(true);
  });

  it('disposes of all tensors', () => {
    readAll(mixed);
    const before = tf.memory().numTensors;
    readAll(mixed).reading.block(3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses layers that do not exist, and prompts that do not fit', () => {
    const { reading } = readAll(mixed);
    expect(() => reading.block(5)).toThrow(
      new RangeError('layer: expected an integer from 0 to 4, got 5'),
    );
    const empty = readPrompt(mixed, { tokens: [] }, vocabulary, { count: 1 });
    expect(() => empty.next()).toThrow(
      new RangeError('prompt: expected 1 to 16 tokens (contextLength), got 0'),
    );
  });
});
