import { currentEngine } from '../ops/define-op.js';
import { flatParameterStore, type UpdateKernels } from './flat-parameter-store.js';
import type { ElementwiseRule, UpdateSlot } from './optimizer.js';
import type { ParameterEngine, ParameterStore } from './parameter-store.js';
import type { ParameterSpec } from './parameter.js';
import { UPDATE_CHUNK } from './update-pieces.js';

/**
 * Makes a parameter store filled with zeros: the current engine's own kind if it has one, otherwise
 * JavaScript arrays.
 */
export function createParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  const engine: ParameterEngine | undefined = currentEngine();
  return (engine?.createParameterStore ?? hostParameterStore)(specs);
}

/** Makes a parameter store of zeros in flat JavaScript arrays, for engines without a store. */
export function hostParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  return flatParameterStore(specs, (length) => new Float32Array(length), KERNELS);
}

/** Kernels of a flat parameter store in plain TypeScript. Tests compare engines with them. */
const KERNELS: UpdateKernels = {
  numbersOf: (gradient) => gradient.dataSync<'float32'>(),
  sumsOfSquares: (arrays, sums) => {
    let chunk = 0;
    for (const array of arrays) {
      for (let start = 0; start < array.length; start += UPDATE_CHUNK) {
        sums[chunk++] = sumOfSquares(array.subarray(start, start + UPDATE_CHUNK));
      }
    }
  },
  update: ({ gradients, decays, values, slot, rule, scale }) => {
    let start = 0;
    gradients.forEach((gradient, i) => {
      const end = start + gradient.length;
      const own = (kind: UpdateSlot): Float32Array => slot(kind).subarray(start, end);
      applyUpdate(rule, values[i], gradient, own, { scale, decays: decays[i] === 1 });
      start = end;
    });
  },
};

function sumOfSquares(array: Float32Array): number {
  let sum = 0;
  for (const value of array) sum += value * value;
  return sum;
}

/** Returns one slot of a parameter's optimizer state, such as its first moment. */
type SlotOf = (slot: UpdateSlot) => Float32Array;

/**
 * Updates one parameter in place, in plain TypeScript. Engines must compute the same.
 *
 * @param slot - Returns the parameter's optimizer state of a name, such as `mean`.
 * @param options - `scale` is a factor of the gradient, from clipping; `decays` is whether weight decay applies to
 *   this parameter.
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
