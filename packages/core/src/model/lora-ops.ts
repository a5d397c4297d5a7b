import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp } from '../ops/define-op.js';
import { geluOf } from '../ops/activations.js';
import { type Dropout, dropout, NO_DROPOUT, residual } from '../ops/dropout.js';
import { scaled } from '../ops/embedding.js';
import { type Activation, frozenLinear, linear, type LinearParams } from '../ops/linear.js';
import type { Lora, LoraLayer } from '../parameters/lora.js';

/**
 * A linear layer of a frozen model with its adapter: `activation(x W + bias + scale (x A) B)`.
 *
 * @param x - `[N, in]`.
 * @param drop - Dropout of the adapter's input.
 * @returns `[N, out]`.
 */
export function adaptedLinear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation | undefined,
  { lora: { scale, settings }, layer, parameters, drop }: AdapterCall,
): tf.Tensor2D {
  const own = frozenLinear(x, params);
  const [down, up] = ['down', 'up'].map((each) => {
    return parameters[`${layer.name}.lora.${each}.weight`] as tf.Tensor2D; // in every store with adapters
  });
  const low = scaled(linear(dropout(x, drop), { weight: down }), scale);
  const sum = residual(
    own,
    linear(low, { weight: partsOnly(up, layer, settings.loraRank) }),
    NO_DROPOUT,
  );
  return activation === 'gelu' ? geluOf(sum) : sum;
}

/** The adapter of one call of a linear layer. */
export interface AdapterCall {
  readonly lora: Lora;
  readonly layer: LoraLayer;
  /** Parameters of the model and of its adapters, by name. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  readonly drop: Dropout;
}

/** Returns B with zeros where a row and a column belong to different parts of the layer; gradients have them too. */
function partsOnly(up: tf.Tensor2D, { parts, outDim }: LoraLayer, rank: number): tf.Tensor2D {
  if (parts.length === 1 && parts[0].width === outDim) return up;
  const spans = parts.flatMap(({ from, width }) => [from, width]);
  return run({ up }, { rank, spans })[0] as tf.Tensor2D; // the shape of up
}

/**
 * Returns the mask of B, `[parts * rank, out]`: 1 where a row and a column belong to the same part, else 0.
 *
 * @param attributes - Attributes of the kernel `LoraParts`.
 * @param outDim - Number of columns of B.
 */
export function partsMask(attributes: Attributes, outDim: number): Float32Array {
  const { rank, spans } = attributes as unknown as PartsAttributes; // partsOnly() put them there
  const mask = new Float32Array((spans.length / 2) * rank * outDim);
  for (let row = 0; row < (spans.length / 2) * rank; row++) {
    const part = 2 * Math.floor(row / rank);
    const start = row * outDim + spans[part];
    mask.fill(1, start, start + spans[part + 1]);
  }
  return mask;
}

interface PartsAttributes {
  readonly rank: number;
  /** First column and number of columns of each part. */
  readonly spans: readonly number[];
}

/**
 * Kernel `LoraParts`: `{ up [parts * rank, out] }`, `{ rank, spans }` to `[up * mask]`. Kernel `LoraPartsGrad` returns the
 * gradient of up, with the same mask.
 */
const run = defineOp({
  name: 'LoraParts',
  savedInputs: [],
  differentiable: ['up'],
  forward: ({ up }, attributes) => [masked(up, attributes)],
  backward: ({ dy }, attributes) => [masked(dy, attributes)],
});

function masked(x: tf.Tensor, attributes: Attributes): tf.Tensor {
  return tf.mul(x, tf.tensor(partsMask(attributes, x.shape[1] ?? 0), x.shape));
}
