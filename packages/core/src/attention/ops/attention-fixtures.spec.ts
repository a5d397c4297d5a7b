import type { FixtureTensor } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { readJson, readTensors } from '../../../test/read-fixture.js';
import { attention } from '../masked.js';
import { relativeAttention } from '../distance-scores.js';
import { blockMask, CAUSAL_MASK, type AttentionMask } from '../attention-mask.js';

interface Case {
  readonly name: string;
  readonly B: number;
  readonly H: number;
  readonly T: number;
  readonly D: number;
  /** Kind of attention; only in cases of long-attention. */
  readonly kind?: 'local' | 'compressed';
  readonly maxRel?: number;
  readonly sharedHeads?: boolean;
  readonly block: number | null;
  readonly independent?: boolean;
}
const casesOf = (folder: string): Case[] =>
  (readJson(`${folder}/cases.json`) as { cases: Case[] }).cases; // its README

/** Joins `[B, H, T, D]` tensors as columns of `[B * T, 3C]`. */
function sideBySide(parts: readonly FixtureTensor[]): tf.Tensor2D {
  const matrices = parts.map(({ shape, values }) => {
    const [B, H, T, D] = shape;
    const byTime = tf.transpose(tf.tensor4d(values, [B, H, T, D]), [0, 2, 1, 3]);
    return tf.reshape<tf.Rank.R2>(byTime, [B * T, H * D]);
  });
  return tf.concat(matrices, 1);
}

function sightOf({ block, independent = false }: Case): AttentionMask {
  return block === null ? CAUSAL_MASK : blockMask(block, independent ? 0 : 1);
}

/** Returns a table for each head; a table that heads share is repeated. */
function tableOf({ H, D, maxRel = 0, sharedHeads = false }: Case, er: FixtureTensor): tf.Tensor2D {
  const rows = tf.tensor2d(er.values, [er.values.length / D, D]);
  return sharedHeads ? tf.tile(rows, [H, 1]) : tf.reshape(rows, [H * maxRel, D]);
}

describe.each([
  ...casesOf('relative-attention').map((each) => ['relative-attention', each] as const),
  ...casesOf('long-attention').flatMap((each) =>
    each.kind === 'local' ? [['long-attention', each] as const] : [],
  ),
])('%s, as PyTorch computes it in float64', (folder, given) => {
  const fixture = readTensors(`${folder}/${given.name}.safetensors`);
  const { q, k, v, er, out, gradOut, gradQ, gradK, gradV, gradEr } = fixture;
  const hasTable = folder === 'relative-attention';

  it(`returns the same values and gradients: ${given.name}`, () => {
    tf.tidy(() => {
      const qkv = sideBySide([q, k, v]);
      const tables = hasTable ? [tableOf(given, er)] : [];
      const shape = { batch: given.B, nHead: given.H };
      const run = (...[x, table]: tf.Tensor[]): tf.Tensor =>
        hasTable
          ? relativeAttention(x as tf.Tensor2D, table as tf.Tensor2D, shape, sightOf(given)) // the ranks of what goes in
          : attention(x as tf.Tensor2D, shape, sightOf(given));
      const inputs = [qkv, ...tables];
      const numbers = (x: tf.Tensor): Float32Array => x.dataSync<'float32'>();
      expect(numbers(run(qkv, ...tables))).toBeAllClose(numbers(sideBySide([out])), { atol: 1e-5 });
      const [dQkv, dTable] = tf.grads(run)(inputs, sideBySide([gradOut]));
      const expected = numbers(sideBySide([gradQ, gradK, gradV]));
      expect(numbers(dQkv)).toBeAllClose(expected, { atol: 1e-4 });
      if (!hasTable) return;
      const { H, D } = given;
      const heads = given.sharedHeads
        ? [H, gradEr.values.length / D, D]
        : [1, H * given.maxRel!, D];
      const summed = tf.sum(tf.reshape(dTable, heads), 0);
      expect(numbers(summed)).toBeAllClose(gradEr.values, { atol: 1e-4 });
    });
  });
});
