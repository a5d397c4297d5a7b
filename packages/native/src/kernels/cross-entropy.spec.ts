import { crossEntropy } from '@ramble/core/engine';
import { toBeAllClose } from '@ramble/node/matchers';
import * as tf from '@tensorflow/tfjs-core';

import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';

expect.extend({ toBeAllClose });

const [C, V] = [3, 50_257];
const projection = waves(V * C, 2);

describe.each(loadAddon({}).instructionSets())('cross-entropy over 50,257 tokens on %s', (set) => {
  beforeAll(async () => {
    await nativeEngine.load();
    loadAddon({ RAMBLE_ISA: set });
  });
  afterAll(() => loadAddon({}));

  it('equals a plain loop, with gradients', () => {
    const actual = lossesOf(7, 1);
    const hidden = waves(8 * C, 1).slice(7 * C);
    const logits = Float64Array.from({ length: V }, (_, v) => {
      const [a, b, c] = projection.subarray(v * C);
      return hidden[0] * a + hidden[1] * b + hidden[2] * c;
    });
    const logTotal = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
    expect(actual.perPosition).toBeAllClose([logTotal - logits[targetOf(7)]], { rtol: 1e-5 });
    const slopes = logits.map((logit) => weightOf(7) * Math.exp(logit - logTotal));
    slopes[targetOf(7)] -= weightOf(7);
    const dHidden = [0, 1, 2].map((c) =>
      slopes.reduce((sum, slope, v) => sum + slope * projection[v * C + c], 0),
    );
    expect(actual.dHidden).toBeAllClose(dHidden, { atol: 1e-6, rtol: 1e-4 });
    const dProjection = Array.from(
      { length: V * C },
      (_, i) => slopes[Math.floor(i / C)] * hidden[i % C],
    );
    expect(actual.dProjection).toBeAllClose(dProjection, { atol: 1e-9, rtol: 1e-4 });
  });

  it('is the same for more rows than logits in memory at a time, with some rows ignored', () => {
    const [all, first, rest] = [lossesOf(0, 340), lossesOf(0, 170), lossesOf(170, 170)];
    const tolerance = { atol: 1e-5, rtol: 1e-4 }; // products of other sizes round differently
    const joined = [...first.perPosition, ...rest.perPosition];
    expect(all.perPosition).toBeAllClose(joined, tolerance);
    expect(all.dHidden).toBeAllClose([...first.dHidden, ...rest.dHidden], tolerance);
    const sums = first.dProjection.map((value, i) => value + rest.dProjection[i]);
    expect(all.dProjection).toBeAllClose(sums, tolerance);
    expect(all.dHidden.slice(0, C)).toEqual([0, 0, 0]); // weight 0
  });
});

/** Returns losses and gradients of `count` rows. */
function lossesOf(
  start: number,
  count: number,
): Record<'perPosition' | 'dHidden' | 'dProjection', number[]> {
  return tf.tidy(() => {
    const rows = Array.from({ length: count }, (_, i) => start + i);
    const hidden = tf.tensor2d(waves((start + count) * C, 1).slice(start * C), [count, C]);
    const run = (h: tf.Tensor, p: tf.Tensor): ReturnType<typeof crossEntropy> =>
      crossEntropy(
        h as tf.Tensor2D, // ranks as below
        p as tf.Tensor2D,
        tf.tensor1d(rows.map(targetOf), 'int32'),
        tf.tensor1d(rows.map(weightOf)),
      );
    const table = tf.tensor2d(projection, [V, C]);
    const [dHidden, dProjection] = tf.grads((h, p) => run(h, p).loss)([hidden, table]);
    const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
    return {
      perPosition: numbers(run(hidden, table).perPosition),
      dHidden: numbers(dHidden),
      dProjection: numbers(dProjection),
    };
  });
}

function targetOf(row: number): number {
  return (row * 5003) % V;
}

function weightOf(row: number): number {
  return row % 3;
}

function waves(count: number, frequency: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(frequency * i + 0.1 * (i % 31)));
}
