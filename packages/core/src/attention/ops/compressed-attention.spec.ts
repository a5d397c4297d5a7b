import { type FixtureTensor, plainCompressed } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../../test/expect-plain.js';
import { randomValues } from '../../../test/random-values.js';
import { readJson, readTensors } from '../../../test/read-fixture.js';
import { dropoutFactors, NO_DROPOUT } from '../../ops/dropout.js';
import { linear } from '../../ops/linear.js';
import { compressedAttention, groupRows } from './compressed-attention.js';

const [B, C, H, K] = [2, 6, 3, 3];
const someDropout = { rate: 0.4, seed: 5, step: 2, stream: 4 };

describe('compressedAttention', () => {
  it.each([
    ['more than two groups', 8, NO_DROPOUT, undefined],
    ['whole groups', 6, NO_DROPOUT, undefined],
    ['less than a group', 2, NO_DROPOUT, undefined],
    ['one position', 1, NO_DROPOUT, undefined],
    ['dropout', 7, someDropout, undefined],
    ['dropout and padding', 7, someDropout, [4, 0]],
  ] as const)(
    'attends to the first position and groups, with gradients: %s',
    (_, T, dropout, sizes) => {
      const G = Math.ceil(T / K);
      const lengths = sizes && Int32Array.from(sizes);
      const factors = dropoutFactors([B, H, T, 1 + G], dropout).dataSync();
      expectPlain({
        inputs: { qkv: [B * T, 3 * C], keys: [B * G, C], values: [B * G, C] },
        op: ({ qkv, keys, values }) =>
          compressedAttention(
            qkv as tf.Tensor2D, // ranks as above
            { groupLength: K, keys: keys as tf.Tensor2D, values: values as tf.Tensor2D },
            { batch: B, nHead: H, lengths },
            dropout,
          ),
        plain: ({ qkv, keys, values }) =>
          plainCompressed(qkv, keys, values, C, { B, H, K, lengths, factors }),
      });
    },
  );

  it('accepts keys and values as columns of one tensor, as in qkv', () => {
    const T = 8;
    const [G, split] = [
      Math.ceil(T / K),
      (part: number) => (_: number, i: number) => i % 3 === part,
    ];
    const columns = (wide: Float64Array, part: number): Float64Array =>
      Float64Array.from(
        Array.from({ length: wide.length / C }, (_, i) => wide.subarray(i * C, (i + 1) * C))
          .filter((__, i) => split(part)(0, i))
          .flatMap((row) => Array.from(row)),
      );
    expectPlain({
      inputs: { qkv: [B * T, 3 * C], memory: [B * G, 3 * C] },
      op: ({ qkv, memory }) => {
        const wide = memory as tf.Tensor2D; // as above
        const given = { groupLength: K, keys: wide, values: wide };
        return compressedAttention(qkv as tf.Tensor2D, given, { batch: B, nHead: H });
      },
      plain: ({ qkv, memory }) =>
        plainCompressed(qkv, columns(memory, 1), columns(memory, 2), C, { B, H, K }),
    });
  });

  it('stays finite with huge scores', () => {
    const T = 8;
    const [qkv, keys, values] = [3 * T, 3, 3].map((rows, i) => randomValues(B * rows * C, i, 300));
    const read = compressedAttention(
      tf.tensor2d(qkv, [B * T, 3 * C]),
      {
        groupLength: K,
        keys: tf.tensor2d(keys, [B * 3, C]),
        values: tf.tensor2d(values, [B * 3, C]),
      },
      { batch: B, nHead: H },
    );
    const plain = plainCompressed(qkv, keys, values, C, { B, H, K });
    expect(read.dataSync()).toBeAllClose(plain, { rtol: 1e-3 });
  });
});

interface Case {
  readonly name: string;
  readonly kind: 'local' | 'compressed';
  readonly B: number;
  readonly H: number;
  readonly T: number;
  readonly C: number;
  readonly kernel: number;
  readonly variant: 'input' | 'kv';
}
const { cases } = readJson('long-attention/cases.json') as { cases: Case[] }; // its README

describe.each(cases.filter(({ kind }) => kind === 'compressed').map((each) => [each.name, each]))(
  'memory-compressed attention, as PyTorch computes it in float64: %s',
  (_, { name, ...given }) => {
    const fixture = readTensors(`long-attention/${name}.safetensors`);
    const matrix = ({ shape, values }: FixtureTensor): tf.Tensor2D => {
      const columns = shape[shape.length - 1];
      return tf.tensor2d(values, [values.length / columns, columns]); // [.., in, out]
    };
    /** Joins wq, wk and wv as columns. */
    const qkvOf = (prefix = ''): tf.Tensor2D =>
      tf.concat(
        ['wq', 'wk', 'wv'].map((weight) => matrix(fixture[prefix + weight])),
        1,
      );
    const names = given.variant === 'kv' ? ['convK', 'convV'] : ['conv'];

    it('returns the same values and gradients', () => {
      tf.tidy(() => {
        const { B: batch, H: nHead, C: width, kernel: groupLength } = given;
        const none = (columns: number): tf.Tensor1D => tf.zeros([columns]);
        const groupsOf = (from: tf.Tensor2D, firstColumn: number): tf.Tensor2D =>
          groupRows(from, { batch, groupLength, firstColumn, width });
        const run = (...tensors: tf.Tensor[]): tf.Tensor => {
          const [x, qkvWeight, wo, ...convolutions] = tensors as tf.Tensor2D[]; // but for biases
          const convolve = (from: tf.Tensor2D, column: number, i: number): tf.Tensor2D =>
            linear(groupsOf(from, column), {
              weight: convolutions[2 * i],
              bias: tensors[4 + 2 * i] as tf.Tensor1D,
            });
          const weights = { weight: qkvWeight, bias: none(3 * width) };
          const qkv = linear(x, weights);
          const [keys, values] =
            given.variant === 'kv'
              ? [convolve(qkv, width, 0), convolve(qkv, 2 * width, 1)]
              : new Array<tf.Tensor2D>(2).fill(linear(convolve(x, 0, 0), weights));
          const memory = { groupLength, keys, values };
          const read = compressedAttention(qkv, memory, { batch, nHead });
          return linear(read, { weight: wo, bias: none(width) });
        };
        const inputs = [
          matrix(fixture.x),
          qkvOf(),
          matrix(fixture.wo),
          ...names.flatMap((conv) => [
            matrix(fixture[conv]),
            tf.tensor1d(fixture[`${conv}Bias`].values),
          ]),
        ];
        const numbers = (x: tf.Tensor): Float32Array => x.dataSync<'float32'>();
        expect(numbers(run(...inputs))).toBeAllClose(fixture.out.values, { atol: 1e-5 });
        const gradients = tf.grads(run)(inputs, matrix(fixture.gradOut));
        const expected = [
          fixture.gradX.values,
          numbers(qkvOf('grad_')),
          fixture.grad_wo.values,
          ...names.flatMap((conv) => [
            fixture[`grad_${conv}`].values,
            fixture[`grad_${conv}Bias`].values,
          ]),
        ];
        gradients.forEach((gradient, i) => {
          expect(numbers(gradient)).toBeAllClose(expected[i], { atol: 1e-4, rtol: 1e-5 });
        });
      });
    });
  },
);

describe('groupRows', () => {
  it.each([
    [2, 7, 3, 0, 5],
    [2, 6, 3, 1, 2],
    [1, 2, 3, 4, 1],
    [3, 5, 2, 2, 3],
  ])(
    'joins positions as columns, with zeros after the last: %d x %d positions, %d each, columns %d + %d',
    (B, T, K, firstColumn, width) => {
      const [W, G] = [5, Math.ceil(T / K)];
      expectPlain({
        inputs: { x: [B * T, W] },
        op: ({ x }) =>
          groupRows(x as tf.Tensor2D, { batch: B, groupLength: K, firstColumn, width }), // rank as above
        plain: ({ x }) =>
          Array.from({ length: B * G * K * width }, (_, i) => {
            const [row, c] = [Math.floor(i / width), i % width];
            const [b, t] = [Math.floor(row / (G * K)), row % (G * K)];
            return t < T ? x[(b * T + t) * W + firstColumn + c] : 0;
          }),
      });
    },
  );
});
