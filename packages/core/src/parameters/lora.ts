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
import { COUNT, FRACTION_BELOW_1, NOT_NEGATIVE, type SettingTable } from '../settings/settings.js';
import {
  type AdapterKind,
  type AdapterLayer,
  adapterLayers,
  type AdapterOperands,
  type Adapters,
  type FactoredChange,
  TARGET_NAMES,
  type TargetPattern,
} from './adapter-kind.js';
import { type ParameterSpec, weight } from './parameter.js';

/** The settings of LoRA. */
export interface LoraSettings {
  /** Number of columns of A; 0 for a training without adapters. */
  readonly loraRank: number;
  /** The product of the adapters is multiplied by `loraAlpha / loraRank`. */
  readonly loraAlpha: number;
  readonly loraTargets: TargetPattern;
  /** Dropout of the inputs of adapters, in training. */
  readonly loraDropout: number;
}

/** Table of the settings of LoRA. */
const SETTINGS: SettingTable<LoraSettings> = {
  loraRank: {
    ...COUNT,
    max: 2 ** 12,
    default: 0,
    isLater: true,
    basic: true,
    description:
      'Rank of LoRA adapters, which are trained in place of the model; 0 trains the model itself.',
  },
  loraAlpha: {
    ...NOT_NEGATIVE,
    default: 32,
    isLater: true,
    description: 'Numerator of the scale of LoRA adapters, whose denominator is the rank.',
  },
  loraTargets: {
    kind: 'choice',
    choices: TARGET_NAMES,
    isPattern: true,
    default: 'all',
    isLater: true,
    description:
      'Linear layers with LoRA adapters: groups of layers, or single ones as their projections are named.',
  },
  loraDropout: {
    ...FRACTION_BELOW_1,
    default: 0,
    isLater: true,
    description: 'Dropout of the inputs of LoRA adapters.',
  },
};

/** LoRA as a kind of adapters. */
export const LORA = {
  name: 'LoRA',
  settings: SETTINGS,
  choice: 'loraRank',
  describe: ({ loraRank, loraTargets }) => `LoRA adapters of rank ${loraRank} for ${loraTargets}`,
  adaptersOf: (base, settings): Adapters => {
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
  },
} as const satisfies AdapterKind<LoraSettings>;

/**
 * Returns A and B of a layer. A has the variance of PyTorch's default for linear layers, as in PEFT; B is 0, so that a
 * new adapter changes nothing.
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

/** Returns `scale (x A) B`, with dropout of x. */
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

/** Returns `W + scale A B`. */
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

/** Returns B with zeros where a row and a column belong to different parts of the layer; gradients have them too. */
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
