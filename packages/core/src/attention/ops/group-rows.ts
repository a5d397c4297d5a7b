import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from '../../ops/define-op.js';

/** A grouping of rows: columns of K consecutive rows of a sequence are joined into one row. */
export interface RowGroups {
  /** Number of sequences, B. */
  readonly batch: number;
  /** Positions of a group, K. */
  readonly groupLength: number;
  /** The columns that are taken: `[firstColumn, firstColumn + width)`. */
  readonly firstColumn: number;
  readonly width: number;
}

/**
 * Every K positions of a sequence side by side, each K once: what a convolution with stride and
 * kernel K multiplies by its kernel. The last group of a sequence is filled up with zeros.
 *
 * @param x - `[B * T, W]`.
 * @returns `[B * ceil(T / K), K * width]`.
 */
export function groupRows(x: tf.Tensor2D, groups: RowGroups): tf.Tensor2D {
  const [rows, columns] = x.shape;
  const attributes = { ...groups, length: rows / groups.batch, columns };
  return run({ x }, attributes)[0] as tf.Tensor2D; // by construction
}

/** What the kernel is told. */
interface GroupAttributes extends RowGroups {
  /** Positions of a sequence, T. */
  readonly length: number;
  /** Columns of x, W. */
  readonly columns: number;
}

/**
 * Kernel `GroupRows`: `{ x }`, the fields of `RowGroups` with `length` and `columns` of x to `[y]`.
 * Kernel `GroupRowsGrad` returns the gradient of x: zero in the columns that were not taken.
 */
const run = defineOp({
  name: 'GroupRows',
  savedInputs: [],
  differentiable: ['x'],
  resultShape: (_, attributes) => {
    const { batch, groupLength, width, length } = sizesOf(attributes);
    return [batch * Math.ceil(length / groupLength), groupLength * width];
  },
  forward: ({ x }, attributes) => {
    const { batch, groupLength, firstColumn, width, length } = sizesOf(attributes);
    const groups = Math.ceil(length / groupLength);
    const taken = tf.slice(x, [0, firstColumn], [batch * length, width]);
    const padded = tf.pad(tf.reshape(taken, [batch, length, width]), [
      [0, 0],
      [0, groups * groupLength - length],
      [0, 0],
    ]);
    return [tf.reshape(padded, [batch * groups, groupLength * width])];
  },
  backward: ({ dy }, attributes) => {
    const { batch, groupLength, firstColumn, width, length, columns } = sizesOf(attributes);
    const groups = Math.ceil(length / groupLength);
    const byPosition = tf.reshape(dy, [batch, groups * groupLength, width]);
    const dTaken = tf.slice(byPosition, [0, 0, 0], [batch, length, width]);
    const around: [number, number] = [firstColumn, columns - firstColumn - width];
    return [tf.pad(tf.reshape(dTaken, [batch * length, width]), [[0, 0], around])];
  },
});

function sizesOf(attributes: object): GroupAttributes {
  return attributes as GroupAttributes; // groupRows put them there
}
