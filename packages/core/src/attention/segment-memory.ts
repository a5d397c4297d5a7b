import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from '../ops/define-op.js';
import type { AttentionSettings } from './attention-kind.js';

/** Inputs of blocks from earlier segments. Later segments attend to them without gradients. */
export interface SegmentMemory {
  /** Number of sequences, B. */
  readonly batchSize: number;
  /** Number of remembered positions of each sequence, M: at most the model's `memory`. */
  readonly length: number;
  /** The input of each block at the remembered positions, `[B, M, C]`. */
  readonly states: readonly Float32Array[];
}

/** Access to the segment memory during one forward pass. */
export interface Recall {
  /**
   * Returns the rows that a block attends to: the remembered rows, then the rows of `x`, `[B * (M + T), C]`.
   *
   * @param x - Input of the block, `[B * T, C]`.
   */
  readonly recall: (x: tf.Tensor2D, layer: number) => tf.Tensor2D;
  /** Returns the memory for the next segment, after the pass. */
  readonly remembered: () => SegmentMemory;
}

/**
 * Makes the segment memory of a pass over a batch. The pass attends to the earlier memory if the batch continues
 * it. The new memory is the last `memory` positions of the earlier memory and the segment together.
 *
 * @returns `undefined` for a model without segment memory.
 * @throws RangeError for a memory with a different number of sequences.
 * @see Dai et al. 2019, section 3.2, https://arxiv.org/abs/1901.02860
 */
export function recallOf(
  {
    memory: max = 0,
    nLayer,
    nEmbd: C,
  }: Pick<AttentionSettings, 'memory' | 'nEmbd'> & { readonly nLayer: number },
  { batchSize, continues = false }: { readonly batchSize: number; readonly continues?: boolean },
  before?: SegmentMemory,
): Recall | undefined {
  if (max === 0) return undefined;
  const memory = continues ? before : undefined;
  if (memory && memory.batchSize !== batchSize) {
    throw new RangeError(
      `batchSize: expected ${memory.batchSize}, as many sequences as the memory holds, got ${batchSize}`,
    );
  }
  const M = memory?.length ?? 0;
  const states: Float32Array[] = [];
  let length = 0;
  return {
    recall: (x, layer) => {
      const old = memory?.states[layer] ?? new Float32Array();
      const T = x.shape[0] / batchSize;
      length = Math.min(max, M + T);
      states[layer] = lastRows(old, x.dataSync<'float32'>(), batchSize, length * C);
      return M === 0 ? x : joinRows(tf.tensor2d(old, [batchSize * M, C]), x, batchSize);
    },
    remembered: () => {
      if (states.length !== nLayer)
        throw new Error('recall: expected a forward pass before it, got none');
      return { batchSize, length, states };
    },
  };
}

/** Appends `after` to `before`, sequence by sequence, and returns the last `size` numbers of each sequence. */
function lastRows(
  before: Float32Array,
  after: Float32Array,
  batchSize: number,
  size: number,
): Float32Array {
  const [old, fresh] = [before.length / batchSize, after.length / batchSize];
  const kept = Math.max(0, size - fresh); // numbers of the older array
  const rows = new Float32Array(batchSize * size);
  for (let b = 0; b < batchSize; b++) {
    rows.set(before.subarray((b + 1) * old - kept, (b + 1) * old), b * size);
    rows.set(after.subarray((b + 1) * fresh - (size - kept), (b + 1) * fresh), b * size + kept);
  }
  return rows;
}

/**
 * Prepends the rows of the memory to the rows of each sequence.
 *
 * @param memory - `[B * M, C]`; receives no gradient.
 * @param x - `[B * T, C]`.
 * @returns `[B * (M + T), C]`.
 */
function joinRows(memory: tf.Tensor2D, x: tf.Tensor2D, batch: number): tf.Tensor2D {
  return run({ memory, x }, { batch, remembered: memory.shape[0] / batch })[0] as tf.Tensor2D; // by construction
}

/**
 * Kernel `JoinRows`: `{ memory [B * M, C], x [B * T, C] }`, `{ batch: B, remembered: M }` to
 * `[joined [B * (M + T), C]]`. Kernel `JoinRowsGrad` returns the gradient of x.
 */
const run = defineOp({
  name: 'JoinRows',
  savedInputs: [],
  differentiable: ['x'],
  resultShape: ({ memory, x }) => [memory[0] + x[0], x[1]],
  forward: ({ memory, x }, attributes) => {
    const B = attributes.batch as number; // joinRows() put numbers there
    const C = x.shape[1] ?? 0;
    const parts = [memory, x].map((part): tf.Tensor3D => tf.reshape(part, [B, -1, C]));
    return [tf.reshape(tf.concat(parts, 1), [-1, C])];
  },
  backward: ({ dy }, attributes) => {
    const [B, M] = [attributes.batch as number, attributes.remembered as number];
    const C = dy.shape[1] ?? 0;
    const byRow: tf.Tensor3D = tf.reshape(dy, [B, -1, C]);
    const fresh = tf.slice(byRow, [0, M, 0], [B, byRow.shape[1] - M, C]);
    return [tf.reshape(fresh, [-1, C])];
  },
});
