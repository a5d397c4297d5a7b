import * as tf from '@tensorflow/tfjs-core';

import { geluOf } from '../ops/activations.js';
import { type Dropout, NO_DROPOUT, residual } from '../ops/dropout.js';
import { type Activation, frozenLinear, type LinearParams, type Precision } from '../ops/linear.js';
import type { Adapters } from '../parameters/adapter-kind.js';
import type { ParameterStore } from '../parameters/parameter-store.js';

/** Adapters of a pass, and the rows that have them. */
export interface RowAdapters {
  readonly adapters: Adapters;
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
    if (!store.adapters) return [];
    const rows = different.length > 1 ? rowsOf(store) : undefined;
    return [{ adapters: store.adapters, parameters: store.tensors(), rows }];
  });
}

/**
 * A linear layer of a frozen model with adapters: `activation(x W + bias + change)`. The product with W is one for all
 * rows, and each row adds the change of its own adapter, if it has one.
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
  const plain = frozenLinear(x, params, 'none', precision);
  let sum = plain;
  for (const { adapters: own, parameters, rows } of adapters) {
    const layer = own.layers.get(name);
    if (!layer) continue;
    const change = own.change(layer, {
      x: rows ? gathered(x, rows) : x,
      output: () => (rows ? gathered(plain, rows) : plain),
      frozen: params,
      ...{ parameters, drop, precision },
    });
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
