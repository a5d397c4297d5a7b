import { activations, golden, plainAttention, plainGelu } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { watchModel } from './watch-model.js';

const [T, C, V] = [7, 12, 31];
const [ids, otherIds] = golden.inputIds;

/** Returns all results of a model for a prompt, by name. */
function watched(
  tokens: readonly number[],
  attention: 'causal' | 'prefix' = 'causal',
  prefixLength?: number,
): Map<string, Float32Array> {
  const steps = new Map<string, Float32Array>();
  watchModel(tinyGpt2(attention), { tokens, prefixLength }, ({ name, value }) => {
    steps.set(name, value.dataSync<'float32'>().slice());
  });
  return steps;
}
/** Returns the part of an activation of the fixture, a batch of two, that belongs to one prompt. */
const partOf = (name: string, sequence: number): Float32Array => {
  const { values } = activations[name];
  return values.slice((sequence * values.length) / 2, ((sequence + 1) * values.length) / 2);
};

describe('watchModel', () => {
  it.each([
    [ids, 0],
    [otherIds, 1],
  ])('has the same stream, attention and logits as Hugging Face: %j', (tokens, sequence) => {
    const steps = watched(tokens);
    const pairs = {
      input: 'hidden.0',
      'blocks.0.mlp.residual': 'hidden.1',
      finalNorm: 'hidden.2',
      'blocks.0.attention.weights': 'attention.0',
      'blocks.1.attention.weights': 'attention.1',
      logits: 'logits',
    };
    for (const [ours, theirs] of Object.entries(pairs)) {
      expect(steps.get(ours)).toBeAllClose(partOf(theirs, sequence), { atol: 1e-4 });
    }
  });

  it.each([
    ['causal', 0],
    ['prefix', 3],
  ] as const)('has steps inside an op that agree with its result: %s', (kind, prefixLength) => {
    const steps = watched(ids, kind, prefixLength);
    for (const name of ['blocks.0', 'blocks.1']) {
      const attention = `${name}.attention`;
      const qkv = steps.get(`${attention}.qkv`)!;
      const plain = plainAttention(qkv, C, { B: 1, H: 3, prefixLengths: [prefixLength] });
      expect(steps.get(`${attention}.merged`)).toBeAllClose(plain, { atol: 1e-5 });
      const up = steps.get(`${name}.mlp.up`)!;
      expect(steps.get(`${name}.mlp.gelu`)).toBeAllClose(up.map(plainGelu), { atol: 1e-5 });
    }
  });

  it('lists query, key and value, then each head separately', () => {
    const steps = watched(ids);
    const qkv = steps.get('blocks.1.attention.qkv')!;
    ['query', 'key', 'value'].forEach((part, i) => {
      const whole = steps.get(`blocks.1.attention.${part}`)!;
      const heads = steps.get(`blocks.1.attention.${part}Heads`)!;
      const [t, head, d] = [5, 2, 1];
      const expected = qkv[t * 3 * C + i * C + head * 4 + d];
      expect(whole[t * C + head * 4 + d]).toBe(expected);
      expect(heads[(head * T + t) * 4 + d]).toBe(expected);
    });
  });

  it('disposes of all tensors', () => {
    const model = tinyGpt2();
    model.parameters.tensors();
    const before = tf.memory().numTensors;
    let seen = 0;
    watchModel(model, { tokens: ids }, () => seen++);
    expect([tf.memory().numTensors, seen > 0]).toEqual([before, true]);
  });

  it.each([
    [[], 'prompt: expected 1 to 16 tokens (contextLength), got 0'],
    [new Array<number>(17).fill(1), 'prompt: expected 1 to 16 tokens (contextLength), got 17'],
    [[1, V], 'tokens: expected ids from 0 to 30, got 31 at position 1'],
  ])('refuses a prompt that the model cannot read: %j', (tokens, message) => {
    expect(() => watched(tokens)).toThrow(new RangeError(message));
  });
});
