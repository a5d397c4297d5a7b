import type { ElementwiseRule, UpdateSlot } from './optimizer.js';

/** Returns the parameter's slot of this name. */
type SlotOf = (slot: UpdateSlot) => Float32Array;

/**
 * Updates one parameter in place. It is the plain form of every elementwise rule, and the reference for engines.
 *
 * @param slot - Returns the parameter's slot of a name.
 * @param options - `scale` is a factor of the gradient, from clipping; `decays` is whether weight decay
 *   applies to this parameter.
 */
export function applyUpdate(
  rule: ElementwiseRule,
  values: Float32Array,
  gradient: ArrayLike<number>,
  slot: SlotOf,
  { scale = 1, decays = true }: { scale?: number; decays?: boolean } = {},
): void {
  const weightDecay = decays ? rule.weightDecay : 0;
  switch (rule.kind) {
    case 'adam':
      applyAdam({ ...rule, weightDecay }, values, gradient, slot, scale);
      return;
    case 'sgd':
      applySgd({ ...rule, weightDecay }, values, gradient, slot, scale);
  }
}

function applyAdam(
  rule: ElementwiseRule & { kind: 'adam' },
  values: Float32Array,
  gradient: ArrayLike<number>,
  slot: SlotOf,
  scale: number,
): void {
  const [mean, variance] = [slot('mean'), slot('variance')];
  const { learningRate, beta1, beta2, eps, weightDecay, count } = rule;
  const shrink = rule.decay === 'decoupled' ? 1 - learningRate * weightDecay : 1;
  const l2 = rule.decay === 'coupled' ? weightDecay : 0;
  const stepSize = learningRate / (1 - beta1 ** count);
  const inverseCorrection = 1 / Math.sqrt(1 - beta2 ** count);
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i] * scale + l2 * values[i];
    const m = beta1 * mean[i] + (1 - beta1) * g;
    const v = beta2 * variance[i] + (1 - beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    values[i] = shrink * values[i] - (stepSize * m) / (Math.sqrt(v) * inverseCorrection + eps);
  }
}

function applySgd(
  { learningRate, momentum, nesterov, weightDecay }: ElementwiseRule & { kind: 'sgd' },
  values: Float32Array,
  gradient: ArrayLike<number>,
  slot: SlotOf,
  scale: number,
): void {
  const velocity = slot('mean');
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i] * scale + weightDecay * values[i];
    const v = momentum * velocity[i] + g;
    velocity[i] = v;
    values[i] -= learningRate * (nesterov ? g + momentum * v : v);
  }
}
