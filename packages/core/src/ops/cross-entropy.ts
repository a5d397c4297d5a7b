import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp, type Inputs, type OpDefinition } from './define-op.js';
import { type Precision, TO_PRECISION } from './linear.js';

/** Options of cross-entropy, such as label smoothing. */
export interface CrossEntropyOptions {
  /**
   * Fraction of the target's probability that is spread over the vocabulary, in `[0, 1)`; default 0. With
   * `torch` all classes receive an equal part, including the target. With `tensor2tensor` all other classes
   * do, and the entropy of that distribution is subtracted from the loss.
   */
  readonly labelSmoothing?: number;
  readonly smoothingRule?: 'torch' | 'tensor2tensor';
  /** Weight of the squared log-sum-exp, which keeps logits small; default 0. */
  readonly zLoss?: number;
  /**
   * Weight of R-Drop, the divergence between two predictions of each target that are made with different dropout
   * masks; default 0. If above 0, the second half of the rows repeats the targets and weights of the first half.
   */
  readonly rDrop?: number;
  /** Bound of the logits (soft capping by tanh); none by default. */
  readonly cap?: number;
  /** Whether the projection has no gradient, because it is not trained. */
  readonly isFrozen?: boolean;
  /** Format of the operands of products; `f32` by default. */
  readonly precision?: Precision;
}

/** The weighted sum of the losses, for training, and the loss of each position, for reports. */
export interface Losses {
  /** `sum(weights * perPosition)`, a scalar; the only output with a gradient. */
  readonly loss: tf.Scalar;
  /** Cross-entropy of each position in nats, `[N]`, unweighted. */
  readonly perPosition: tf.Tensor1D;
}

/**
 * Projects hidden states on the vocabulary and compares them with the next tokens. It is a single op, so that an
 * engine need not keep `[N, V]` numbers.
 *
 * @param hidden - `[N, C]`.
 * @param projection - One row for each token, `[V, C]`; the token embedding in GPT-2.
 * @param targets - int32 `[N]`, each in `[0, V)`.
 * @param weights - `[N]`, usually each position's weight divided by the sum of all weights. 0 ignores a position.
 * @see Szegedy et al. 2016, section 7 (label smoothing), https://arxiv.org/abs/1512.00567
 * @see Liang et al. 2021, section 2.2 (R-Drop), https://arxiv.org/abs/2106.14448
 */
export function crossEntropy(
  hidden: tf.Tensor2D,
  projection: tf.Tensor2D,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
  options: CrossEntropyOptions = {},
): Losses {
  const attributes = {
    ...smoothedTargets(projection.shape[0], options),
    zLoss: options.zLoss ?? 0,
    rDrop: options.rDrop ?? 0,
    cap: options.cap ?? 0,
  };
  const compute = OPS[options.precision ?? 'f32'][options.isFrozen ? 'frozen' : 'trained'];
  const [loss, perPosition] = compute({ hidden, projection, targets, weights }, attributes);
  return { loss: loss as tf.Scalar, perPosition: perPosition as tf.Tensor1D }; // by construction
}

/**
 * Returns the probability of the target and of every other class after label smoothing, and the entropy to subtract
 * from the loss; 0 with the rule `torch`.
 */
function smoothedTargets(
  V: number,
  { labelSmoothing: e = 0, smoothingRule = 'torch' }: CrossEntropyOptions,
): { targetShare: number; otherShare: number; entropy: number } {
  if (e === 0) return { targetShare: 1, otherShare: 0, entropy: 0 };
  if (smoothingRule === 'torch')
    return { targetShare: 1 - e + e / V, otherShare: e / V, entropy: 0 };
  const otherShare = e / (V - 1);
  const entropy = -(1 - e) * Math.log(1 - e) - e * Math.log(otherShare);
  return { targetShare: 1 - e, otherShare, entropy };
}

/**
 * Defines the ops of cross-entropy, with a trained and with a frozen projection, for one precision of the operands of
 * matrix products.
 *
 * Kernel `CrossEntropy`: `{ hidden [N, C], projection [V, C], targets int32 [N], weights [N] }`,
 * `{ targetShare, otherShare, entropy, zLoss, rDrop, cap }` to `[loss [], perPosition [N], …residuals]`. A position's
 * loss is `-sum(q log p) - entropy + zLoss * logSumExp^2`, with q = `targetShare` at the target and `otherShare`
 * elsewhere. If `rDrop` is above 0, the loss has `rDrop / 4 * (KL(p, p') + KL(p', p))` in addition, with p' the
 * probabilities of the row N / 2 away.
 * Kernel `CrossEntropyGrad` returns the gradients of hidden and projection; its `residual0` is perPosition. Kernel
 * `FrozenCrossEntropy` is the same, and kernel `FrozenCrossEntropyGrad` returns only the gradient of hidden.
 * `Bfloat16CrossEntropy` and `FrozenBfloat16CrossEntropy` round the operands of all products to bf16.
 */
function defineCrossEntropy(
  precision: Precision,
  { trained, frozen }: Readonly<Record<'trained' | 'frozen', string>>,
): Readonly<Record<'trained' | 'frozen', ReturnType<typeof defineOp>>> {
  const operand = TO_PRECISION[precision];
  const op = {
    name: trained,
    savedInputs: ['hidden', 'projection', 'targets', 'weights'],
    differentiable: ['hidden', 'projection'],
    resultShape: () => [],
    forward: ({ hidden, projection, targets, weights }, attributes) => {
      const logits = tf.matMul(operand(hidden), operand(projection), false, true);
      return lossesOf(logits, targets, weights, attributes);
    },
    backward: (inputs, attributes) => {
      const dLogits = operand(logitsGradient(inputs, attributes));
      return [
        tf.matMul(dLogits, operand(inputs.projection)),
        tf.matMul(dLogits, operand(inputs.hidden), true, false),
      ];
    },
  } satisfies OpDefinition;
  return {
    trained: defineOp(op),
    frozen: defineOp({
      ...op,
      name: frozen,
      differentiable: ['hidden'],
      backward: (inputs, attributes) => [
        tf.matMul(operand(logitsGradient(inputs, attributes)), operand(inputs.projection)),
      ],
    }),
  };
}

const OPS = {
  f32: defineCrossEntropy('f32', { trained: 'CrossEntropy', frozen: 'FrozenCrossEntropy' }),
  bf16: defineCrossEntropy('bf16', {
    trained: 'Bfloat16CrossEntropy',
    frozen: 'FrozenBfloat16CrossEntropy',
  }),
};

/** Returns the loss, the loss of each position, and what the gradient needs: the logits and their log-sum-exp. */
function lossesOf(
  products: tf.Tensor,
  targets: tf.Tensor,
  weights: tf.Tensor,
  attributes: Attributes,
): tf.Tensor[] {
  const { targetShare, otherShare, entropy, zLoss, rDrop, cap } = lossNumbers(attributes);
  const logits = cappedLogits(products, cap);
  const logSumExp = tf.logSumExp(logits, 1);
  const isTarget = tf.cast(oneHot(targets, logits.shape[1] ?? 0), 'bool');
  const targetLogit = tf.sum(tf.where(isTarget, logits, 0), 1); // others may be infinite
  let perPosition = tf.sub(logSumExp, tf.mul(targetLogit, targetShare - otherShare));
  if (otherShare > 0) perPosition = tf.sub(perPosition, tf.mul(tf.sum(logits, 1), otherShare));
  if (entropy > 0) perPosition = tf.sub(perPosition, entropy);
  if (zLoss > 0) perPosition = tf.add(perPosition, tf.mul(zLoss, tf.square(logSumExp)));
  if (rDrop > 0) {
    const { own, other, differences } = comparePairs(tf.sub(logits, tf.expandDims(logSumExp, 1)));
    const both = tf.sum(tf.mul(tf.sub(own, other), differences), 1); // KL(p, p') + KL(p', p)
    perPosition = tf.add(perPosition, tf.mul(rDrop / 4, both));
  }
  return [tf.sum(tf.mul(perPosition, weights)), perPosition, logits, logSumExp];
}

/** Returns the gradient of the logits, `[N, V]`. */
function logitsGradient(
  { dy, projection, targets, weights, residual1, residual2 }: Inputs,
  attributes: Attributes,
): tf.Tensor {
  const { targetShare, otherShare, zLoss, rDrop, cap } = lossNumbers(attributes);
  const [logits, logSumExp] = [residual1, tf.expandDims(residual2, 1)];
  const growth = zLoss > 0 ? tf.add(1, tf.mul(2 * zLoss, logSumExp)) : tf.scalar(1);
  const predicted = tf.mul(tf.exp(tf.sub(logits, logSumExp)), growth);
  const wanted = tf.add(
    tf.mul(oneHot(targets, projection.shape[0]), targetShare - otherShare),
    otherShare,
  );
  let dLoss = tf.sub(predicted, wanted);
  if (rDrop > 0) {
    const { own, other, differences } = comparePairs(tf.sub(logits, logSumExp));
    const divergence = tf.sum(tf.mul(own, differences), 1, true);
    const apart = tf.add(tf.mul(own, tf.sub(differences, divergence)), tf.sub(own, other));
    dLoss = tf.add(dLoss, tf.mul(rDrop / 2, apart));
  }
  const dCapped = tf.mul(dLoss, tf.expandDims(tf.mul(dy, weights), 1));
  return cap > 0 ? tf.mul(dCapped, tf.sub(1, tf.square(tf.div(logits, cap)))) : dCapped;
}

/**
 * Compares the log probabilities of each row, `[N, V]`, with those that R-Drop's second pass predicts for the same
 * target: the row N / 2 away.
 */
function comparePairs(logs: tf.Tensor): Record<'own' | 'other' | 'differences', tf.Tensor> {
  const [first, second] = tf.split(logs, 2);
  const others = tf.concat([second, first]);
  return { own: tf.exp(logs), other: tf.exp(others), differences: tf.sub(logs, others) };
}

/**
 * Bounds logits, `cap tanh(logits / cap)`; a cap of 0 changes nothing.
 *
 * @see Gemma Team 2024, section 2, https://arxiv.org/abs/2408.00118
 */
export function cappedLogits(logits: tf.Tensor, cap: number): tf.Tensor {
  return cap > 0 ? tf.mul(tf.tanh(tf.div(logits, cap)), cap) : logits;
}

/** Returns the attributes of a cross-entropy kernel, typed as numbers. */
export function lossNumbers(
  attributes: Attributes,
): Record<'targetShare' | 'otherShare' | 'entropy' | 'zLoss' | 'rDrop' | 'cap', number> {
  return attributes as ReturnType<typeof lossNumbers>; // crossEntropy() put numbers there
}

/** Returns the sum of scalar losses. */
export function addLosses(losses: readonly tf.Scalar[]): tf.Scalar {
  return losses.reduce((a, b) => runAddLosses({ a, b }, {})[0] as tf.Scalar); // [] by construction
}

/** Kernel `AddLosses`: `{ a [], b [] }` to `[sum []]`. Kernel `AddLossesGrad` returns both gradients. */
const runAddLosses = defineOp({
  name: 'AddLosses',
  savedInputs: [],
  differentiable: ['a', 'b'],
  forward: ({ a, b }) => [tf.add(a, b)],
  backward: ({ dy }) => [tf.clone(dy), tf.clone(dy)],
});

/**
 * Returns the one-hot vectors of ids, `[N, depth]`. The function of tfjs refuses a depth of 1, which a context of one
 * position needs.
 *
 * @param ids - int32 `[N]`.
 */
export function oneHot(ids: tf.Tensor, depth: number): tf.Tensor2D {
  const columns = tf.range(0, depth, 1, 'int32');
  return tf.cast(tf.equal(tf.expandDims(ids, 1), columns), 'float32') as tf.Tensor2D; // by broadcasting
}
