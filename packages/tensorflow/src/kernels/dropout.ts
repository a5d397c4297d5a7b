import type { Attributes, Dropout } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';
import { keptEntries } from './kept-entries.js';
import type { Kernel } from './kernel.js';

/** The settings of dropout in the attributes of an op that has it. */
export function dropoutOf(attributes: Attributes): Dropout {
  return attributes as unknown as Dropout; // core puts its fields there
}

/** `SeededDropout`: the residual is which entries are kept. */
export const seededDropout: Kernel = ({ x }, attributes) => {
  const kept = keptEntries(x.shape, dropoutOf(attributes));
  return [keep(x, kept, attributes), kept];
};

export const seededDropoutGrad: Kernel = ({ dy, residual0: kept }, attributes) => [
  keep(dy, kept, attributes),
];

/** `Residual`: the residual is which entries are kept, where there is dropout. */
export const residual: Kernel = ({ x, branch }, attributes) => {
  const dropout = dropoutOf(attributes);
  if (dropout.rate === 0) return [raw.add(x, branch)];
  const kept = keptEntries(x.shape, dropout);
  return [raw.add(x, keep(branch, kept, attributes)), kept];
};

export const residualGrad: Kernel = ({ dy, residual0: kept }, attributes) => {
  const dropped = dropoutOf(attributes).rate > 0;
  // Outputs are tensors of their own: a clone shares the numbers.
  return [tf.clone(dy), dropped ? keep(dy, kept, attributes) : tf.clone(dy)];
};

/** Zeroes the entries that are not kept and scales the others. */
export function keep(x: tf.Tensor, kept: tf.Tensor, attributes: Attributes): tf.Tensor {
  const { rate } = dropoutOf(attributes);
  return raw.mul(x, raw.scale(raw.castBool(kept), 1 / (1 - rate)));
}
