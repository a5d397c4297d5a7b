/**
 * Low-rank adapters (LoRA): a linear layer `x W` becomes `x W + (alpha / rank) (x A) B`, with A `[in, rank]` and
 * B `[rank, out]`. Only A and B are trained. The parts of a fused layer share a product: A has the columns of all parts
 * side by side, and B, `[parts * rank, out]`, is 0 except where the rows and the columns belong to the same part.
 *
 * @see Hu et al. 2021, section 4, https://arxiv.org/abs/2106.09685
 */

import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp } from '../ops/define-op.js';
import { dropout, NO_DROPOUT } from '../ops/dropout.js';
import { scaled } from '../ops/embedding.js';
import { linear } from '../ops/linear.js';
import {
  type AdapterBase,
  type AdapterLayer,
  adapterLayers,
  type AdapterOperands,
  type Adapters,
  type FactoredChange,
} from './adapter-kind.js';
import type { LoraSettings } from './adapter-kinds.js';
import { type ParameterSpec, weight } from './parameter.js';

/**
 * Compiles the adapters of a model.
 *
 * @throws RangeError if the model has none of the targets.
 */
export function loraAdapters(base: AdapterBase, settings: LoraSettings): Adapters {
  const { loraRank, loraAlpha, loraTargets } = settings;
  const layers = adapterLayers(base, loraTargets);
  if (layers.length === 0) {
    throw new RangeError(
      `loraTargets: expected layers that the model has, got ${loraTargets}; all names all of them`,
    );
  }
  const lowRank = ({ name, parts }: AdapterLayer): FactoredChange => ({
    down: `${name}.lora.down`,
    up: `${name}.lora.up`,
    rank: parts.length * loraRank,
    scale: loraAlpha / loraRank,
  });
  return {
    layers: new Map(layers.map((layer) => [layer.name, layer])),
    specs: layers.flatMap((layer) => specsOf(layer, lowRank(layer))),
    change: (layer, operands) => change(layer, lowRank(layer), operands, settings),
    merged: (layer, own, values, read) =>
      own === 'weight' ? merged(layer, lowRank(layer), values, read) : values,
    lowRank,
  };
}

/**
 * Returns the specs of A and B of a layer. Initially, A has the variance of PyTorch's default for linear layers, as
 * in PEFT, and B is 0, so that a new adapter changes nothing.
 */
function specsOf(
  { block, inDim, outDim }: AdapterLayer,
  { down, up, rank }: FactoredChange,
): ParameterSpec[] {
  return [
    { ...weight(`${down}.weight`, [inDim, rank], 1 / Math.sqrt(3 * inDim)), block },
    {
      name: `${up}.weight`,
      shape: [rank, outDim],
      initializer: { kind: 'constant', value: 0 },
      block,
    },
  ];
}

/** Returns the tensor that an adapter adds to its layer's output: `scale (x A) B`, with dropout of x. */
function change(
  layer: AdapterLayer,
  { down, up, scale }: FactoredChange,
  { x, parameters, drop, precision }: AdapterOperands,
  { loraRank, loraDropout: rate }: LoraSettings,
): tf.Tensor2D {
  const [A, B] = [down, up].map((each) => parameters[`${each}.weight`] as tf.Tensor2D); // in every store with adapters
  const own = dropout(x, drop === NO_DROPOUT ? drop : { ...drop, rate });
  const low = scaled(linear(own, { weight: A }, 'none', precision), scale);
  return linear(low, { weight: partsOnly(B, layer, loraRank) }, 'none', precision);
}

/** Returns the weight W of a layer with its adapter merged into it: `W + scale A B`, row-major. */
function merged(
  { inDim, outDim }: AdapterLayer,
  { down, up, rank, scale }: FactoredChange,
  values: Float32Array,
  read: (name: string) => Float32Array,
): Float32Array {
  const sum = tf.tidy(() => {
    const A = tf.tensor2d(read(`${down}.weight`), [inDim, rank]);
    const B = tf.tensor2d(read(`${up}.weight`), [rank, outDim]);
    return tf.add(tf.tensor2d(values, [inDim, outDim]), tf.mul(tf.matMul(A, B), scale));
  });
  const result = sum.dataSync<'float32'>().slice();
  sum.dispose();
  return result;
}

/**
 * Returns B with zeros where a row and a column belong to different parts of the layer. The gradient of B is 0 there
 * too.
 */
function partsOnly(up: tf.Tensor2D, { parts, outDim }: AdapterLayer, rank: number): tf.Tensor2D {
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
  /** First column and number of columns of each part: `[from0, width0, from1, width1, …]`. */
  readonly spans: readonly number[];
}

/**
 * Runs the kernel `LoraParts`, which multiplies the input `up`, `[parts * rank, out]`, by the mask of the attributes
 * `rank` and `spans` (`partsMask`). The kernel `LoraPartsGrad` multiplies the gradient by the same mask.
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
