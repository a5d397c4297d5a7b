import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp } from '../ops/define-op.js';
import { geluOf } from '../ops/activations.js';
import { type Dropout, dropout, NO_DROPOUT, residual } from '../ops/dropout.js';
import { scaled } from '../ops/embedding.js';
import {
  type Activation,
  frozenLinear,
  linear,
  type LinearParams,
  type Precision,
} from '../ops/linear.js';
import type { Lora, LoraLayer } from '../parameters/lora.js';
import type { ParameterStore } from '../parameters/parameter-store.js';

/** Adapters of a pass, and the rows that have them. */
export interface RowAdapters {
  readonly lora: Lora;
  /** Parameters of the adapters, by name; other parameters are not read. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** Indices of the rows, each once; all rows by default. */
  readonly rows?: readonly number[];
}

/**
 * Returns the adapters of a batch of sequences.
 *
 * @param stores - The parameters of the model that reads each sequence.
 * @param length - Number of rows of each sequence.
 */
export function rowAdapters(stores: readonly ParameterStore[], length: number): RowAdapters[] {
  const different = [...new Set(stores)];
  const rowsOf = (store: ParameterStore): number[] =>
    stores.flatMap((each, i) =>
      each === store ? Array.from({ length }, (_, at) => i * length + at) : [],
    );
  return different.flatMap((store): RowAdapters[] => {
    if (!store.lora) return [];
    const rows = different.length > 1 ? rowsOf(store) : undefined;
    return [{ lora: store.lora, parameters: store.tensors(), rows }];
  });
}

/**
 * A linear layer of a frozen model with adapters: `activation(x W + bias + scale (x A) B)`. The product with W is one for
 * all rows, and each row adds the product of its own adapter, if it has one.
 *
 * @param x - `[N, in]`.
 * @param name - Prefix of the names of the layer's parameters.
 * @param drop - Dropout of the inputs of adapters; its rate is each adapter's own.
 * @param precision - Format of the operands of all products; `f32` by default.
 * @returns `[N, out]`.
 * @see Chen et al. 2023, Punica, https://arxiv.org/abs/2310.18547
 * @see Sheng et al. 2023, S-LoRA, https://arxiv.org/abs/2311.03285
 */
export function adaptedLinear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation | undefined,
  {
    name,
    adapters,
    drop,
    precision,
  }: {
    readonly name: string;
    readonly adapters: readonly RowAdapters[];
    readonly drop: Dropout;
    readonly precision?: Precision;
  },
): tf.Tensor2D {
  let sum = frozenLinear(x, params, 'none', precision);
  for (const { lora, parameters, rows } of adapters) {
    const layer = lora.layers.get(name);
    if (!layer) continue;
    const { loraDropout: rate, loraRank } = lora.settings;
    const [down, up] = ['down', 'up'].map((each) => {
      return parameters[`${name}.lora.${each}.weight`] as tf.Tensor2D; // in every store with adapters
    });
    const own = dropout(
      rows ? gathered(x, rows) : x,
      drop === NO_DROPOUT ? drop : { ...drop, rate },
    );
    const low = scaled(linear(own, { weight: down }, 'none', precision), lora.scale);
    const change = linear(low, { weight: partsOnly(up, layer, loraRank) }, 'none', precision);
    sum = residual(sum, rows ? scattered(change, rows, x.shape[0]) : change, NO_DROPOUT);
  }
  return activation === 'gelu' ? geluOf(sum) : sum;
}

function gathered(x: tf.Tensor2D, rows: readonly number[]): tf.Tensor2D {
  return tf.gather(x, tf.tensor1d([...rows], 'int32'));
}

/** Returns `[count, out]` with the given rows at their indices, and zeros in the others. */
function scattered(x: tf.Tensor2D, rows: readonly number[], count: number): tf.Tensor2D {
  const places = new Array<number>(count).fill(0);
  rows.forEach((row, i) => (places[row] = 1 + i)); // 0 is a row of zeros
  return gathered(
    tf.pad(x, [
      [1, 0],
      [0, 0],
    ]),
    places,
  );
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
