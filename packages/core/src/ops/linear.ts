import * as tf from '@tensorflow/tfjs-core';

import { gelu, geluDerivative } from './activations.js';
import { defineOp, type Inputs, type OpDefinition } from './define-op.js';

/** Number format of the operands of matrix products in training. Sums are 32-bit floats in both formats. */
export type Precision = 'f32' | 'bf16';

/**
 * Functions that round an operand to a format, by name of the format. Rounded numbers are stored as 32-bit floats.
 */
export const TO_PRECISION: Readonly<Record<Precision, (operand: tf.Tensor) => tf.Tensor>> = {
  f32: (operand) => operand,
  bf16: (operand) => {
    const numbers = Float32Array.from(operand.dataSync());
    roundToBfloat16(numbers);
    return tf.tensor(numbers, operand.shape);
  },
};

/** Rounds numbers in place to the nearest numbers of bf16, ties to even. */
function roundToBfloat16(numbers: Float32Array): void {
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  for (let i = 0; i < bits.length; i++) bits[i] = bfloat16Bits(bits[i]) << 16;
}

/**
 * Returns the 16 bits of the bf16 number nearest to the 32-bit float with these bits, ties to even. NaN stays NaN,
 * and infinity stays infinity.
 */
export function bfloat16Bits(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  if (isNaN) return (bits >>> 16) | 0x40; // makes a NaN quiet, so that rounding cannot make it infinite
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The activation that a linear layer computes together with its product, so that an engine can fuse them. */
export type Activation = 'none' | 'gelu';

/** Learned parameters of a linear layer. The weight is `[in, out]`, the transpose of PyTorch's. */
export interface LinearParams {
  /** The weight matrix, `[in, out]`. */
  readonly weight: tf.Tensor2D;
  /** The bias, `[out]`; none by default. */
  readonly bias?: tf.Tensor1D;
}

/**
 * A linear layer: `activation(x · weight + bias)`; the bias is optional.
 *
 * @param x - `[N, in]`.
 * @param precision - Format of the operands of the product and of its gradients' products; `f32` by default.
 * @returns `[N, out]`.
 */
export function linear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation = 'none',
  precision: Precision = 'f32',
): tf.Tensor2D {
  return callWith(OPS[precision].trained, x, params, activation);
}

/** A linear layer whose parameters are not trained: the same as `linear`, with a gradient only for `x`. */
export function frozenLinear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation = 'none',
  precision: Precision = 'f32',
): tf.Tensor2D {
  return callWith(OPS[precision].frozen, x, params, activation);
}

function callWith(
  op: ReturnType<typeof defineOp>,
  x: tf.Tensor2D,
  { weight, bias }: LinearParams,
  activation: Activation,
): tf.Tensor2D {
  const inputs: Inputs = { x, weight, ...(bias && { bias }) };
  const attributes = { activation, hasBias: bias !== undefined };
  return op(inputs, attributes)[0] as tf.Tensor2D; // [N, out] by construction
}

/**
 * Defines the ops of linear layers, with trained and with frozen parameters, for one precision of the operands.
 *
 * Kernel `FusedLinear`: `{ x [N, in], weight [in, out], bias? [out] }`, `{ activation, hasBias }` to
 * `[y [N, out], …residuals]`. Kernel `FusedLinearGrad` returns the gradients of x, weight and the optional bias. Kernel
 * `FrozenLinear` is the same, and kernel `FrozenLinearGrad` returns only the gradient of x. `Bfloat16Linear` and
 * `FrozenBfloat16Linear` round the operands of all products to bf16.
 */
function defineLinear(
  precision: Precision,
  { trained, frozen }: Readonly<Record<'trained' | 'frozen', string>>,
): Readonly<Record<'trained' | 'frozen', ReturnType<typeof defineOp>>> {
  const operand = TO_PRECISION[precision];
  const slope = ({ dy, residual0 }: Inputs, { activation }: tf.NamedAttrMap): tf.Tensor =>
    activation === 'gelu' ? tf.mul(dy, geluDerivative(residual0)) : dy;
  const op = {
    name: trained,
    savedInputs: ['x', 'weight'],
    differentiable: ['x', 'weight', 'bias'],
    resultShape: ({ x, weight }) => [x[0], weight[1]],
    forward: ({ x, weight, ...given }, { activation }) => {
      const { bias } = given as Partial<typeof given>; // not in every layer
      const product = tf.matMul(operand(x), operand(weight));
      const sum = bias ? tf.add(product, bias) : product;
      return activation === 'gelu' ? [gelu(sum), sum] : [sum];
    },
    backward: ({ x, weight, ...given }, attributes) => {
      const dSum = slope(given, attributes);
      const rounded = operand(dSum);
      const dx = tf.matMul(rounded, operand(weight), false, true);
      const dWeight = tf.matMul(operand(x), rounded, true, false);
      return attributes.hasBias ? [dx, dWeight, tf.sum(dSum, 0)] : [dx, dWeight];
    },
  } satisfies OpDefinition;
  return {
    trained: defineOp(op),
    frozen: defineOp({
      ...op,
      name: frozen,
      savedInputs: ['weight'],
      differentiable: ['x'],
      backward: ({ weight, ...given }, attributes) => [
        tf.matMul(operand(slope(given, attributes)), operand(weight), false, true),
      ],
    }),
  };
}

const OPS = {
  f32: defineLinear('f32', { trained: 'FusedLinear', frozen: 'FrozenLinear' }),
  bf16: defineLinear('bf16', { trained: 'Bfloat16Linear', frozen: 'FrozenBfloat16Linear' }),
};

/** Number of consecutive columns that are rounded with one scale. */
const GROUP = 32;

/**
 * Rounds each row to 8-bit integers in groups of 32 columns: the number with the largest magnitude in a group becomes
 * 127 or -127 steps, and the others round to the nearest step. Engines that compute with 8-bit integers must round to
 * the same numbers.
 *
 * @param x - `[N, C]`.
 * @returns the rounded numbers as floats, `[N, C]`.
 * @see the blocks of Q8_0 in ggml, https://github.com/ggml-org/ggml
 */
export function roundActivations(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const [N, C] = x.shape;
    const groups = Math.ceil(C / GROUP);
    const padded = tf.pad(x, [
      [0, 0],
      [0, groups * GROUP - C],
    ]);
    const grouped = tf.reshape(padded, [N * groups, GROUP]);
    const steps = tf.div(tf.max(tf.abs(grouped), 1, true), 127);
    // A group of zeros has a step of 0.
    const divisors = tf.add(steps, tf.cast(tf.equal(steps, 0), 'float32'));
    const rounded = tf.mul(tf.round(tf.div(grouped, divisors)), steps);
    const rows: tf.Tensor2D = tf.reshape(rounded, [N, groups * GROUP]);
    return tf.slice(rows, [0, 0], [N, C]);
  });
}
