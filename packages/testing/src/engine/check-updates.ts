import type { Model, TrainingBatch } from '@ramble/core';
import { createParameterStore, type ParameterSpec, type ParameterStore } from '@ramble/core/engine';
import { applyUpdate, type ElementwiseRule, type UpdateRule } from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose, assertEqual, randomValues } from '../assert-close.js';
import { lossAndGradients } from './check-training.js';

const SPECS: readonly ParameterSpec[] = [[7, 9], [1], [65], [1, 1], [16, 17], [63, 2]].map(
  (shape, i) => ({ name: `p${i}`, shape, initializer: { kind: 'constant', value: 0 } }),
);
const STEPS = 3;

interface UpdateCase {
  readonly name: string;
  readonly clipNorm: number;
  readonly ruleAt: (count: number) => ElementwiseRule;
}

/** Test cases for all update rules, with and without their options. */
export const UPDATE_CASES: readonly UpdateCase[] = [
  ...(['decoupled', 'coupled'] as const).flatMap((decay) =>
    [0, 0.1].map((weightDecay) => ({
      name: `Adam, ${decay} decay ${weightDecay}, clipped`,
      clipNorm: 1,
      ruleAt: adam(decay, weightDecay),
    })),
  ),
  { name: 'Adam, not clipped', clipNorm: 0, ruleAt: adam('decoupled', 0.1) },
  { name: 'SGD', clipNorm: 0, ruleAt: sgd(0, false, 0) },
  { name: 'SGD with momentum and decay, clipped', clipNorm: 0.5, ruleAt: sgd(0.9, false, 0.1) },
  { name: 'SGD with Nesterov momentum', clipNorm: 0, ruleAt: sgd(0.9, true, 0) },
];

/**
 * Checks that a parameter store on the current backend has the same values, moments and gradient norm as `applyUpdate`.
 */
export function checkUpdates({ clipNorm, ruleAt }: UpdateCase): void {
  const store = startedStore();
  const plain = SPECS.map(({ name }) => ({
    values: store.read(name),
    slots: { mean: store.read(name, 'mean'), variance: store.read(name, 'variance') },
  }));
  for (let count = 1; count <= STEPS; count++) {
    const gradients = SPECS.map(({ shape }, i) =>
      randomValues(tf.util.sizeFromShape([...shape]), 100 * count + i),
    );
    const norm = Math.hypot(...gradients.flatMap((gradient) => [...gradient]));
    const scale = clipNorm === 0 ? 1 : Math.min(1, clipNorm / (norm + 1e-6));
    SPECS.forEach(({ shape }, i) => {
      const { values, slots } = plain[i];
      const decays = shape.length > 1;
      applyUpdate(ruleAt(count), values, gradients[i], (slot) => slots[slot], { scale, decays });
    });
    const actualNorm = update(store, gradients, ruleAt(count), clipNorm);
    assertClose('norm', [actualNorm], [norm], { rtol: 1e-5 });
  }
  SPECS.forEach(({ name, shape }, i) => {
    const tensor = store.tensors()[name];
    assertEqual(`shape of ${name}`, tensor.shape, shape);
    assertClose(name, store.read(name), plain[i].values, { atol: 1e-6, rtol: 1e-5 });
    assertClose(`tensor of ${name}`, tensor.dataSync(), plain[i].values, {
      atol: 1e-6,
      rtol: 1e-5,
    });
    for (const slot of ['mean', 'variance'] as const) {
      const expected = plain[i].slots[slot];
      assertClose(`${slot} of ${name}`, store.read(name, slot), expected, { rtol: 1e-5 });
    }
  });
  store.dispose();
}

/** Checks that an update with a gradient that is not finite changes no parameter and no moment. */
export function checkRefusedUpdate(): void {
  const store = startedStore();
  const gradients = SPECS.map(({ shape }) => new Float32Array(tf.util.sizeFromShape([...shape])));
  gradients[2][64] = NaN;
  const norm = update(store, gradients, adam('decoupled', 0.1)(1), 1);
  assertEqual('norm is finite', Number.isFinite(norm), false);
  const untouched = startedStore();
  for (const { name } of SPECS) {
    for (const slot of [undefined, 'mean', 'variance'] as const) {
      assertClose(name, store.read(name, slot), untouched.read(name, slot), { atol: 0 });
    }
  }
}

/** Checks that a parameter store returns written values bit for bit, also in its tensors. */
export function checkReadAndWrite(): void {
  const store = startedStore();
  SPECS.forEach(({ name, shape }, i) => {
    for (const slot of [undefined, 'mean', 'variance'] as const) {
      const values = randomValues(tf.util.sizeFromShape([...shape]), 50 + i);
      store.tensors();
      store.write(name, values, slot);
      assertClose(name, store.read(name, slot), values, { atol: 0 });
    }
    assertClose(name, store.tensors()[name].dataSync(), store.read(name), { atol: 0 });
  });
  store.dispose();
}

function startedStore(): ParameterStore {
  const store = createParameterStore(SPECS);
  SPECS.forEach(({ name, shape }, i) => {
    store.write(name, randomValues(tf.util.sizeFromShape([...shape]), i));
  });
  return store;
}

function update(
  store: ParameterStore,
  gradients: readonly Float32Array[],
  rule: UpdateRule,
  clipNorm: number,
): number {
  return tf.tidy(() => {
    const tensors = SPECS.map(({ name, shape }, i) => [name, tf.tensor(gradients[i], [...shape])]);
    return store.update(
      Object.fromEntries(tensors) as Record<string, tf.Tensor>, // names with tensors, as above
      rule,
      clipNorm,
    );
  });
}

function adam(decay: 'decoupled' | 'coupled', weightDecay: number): UpdateCase['ruleAt'] {
  const [learningRate, beta1, beta2, eps] = [0.01, 0.9, 0.95, 1e-8];
  return (count) => ({
    kind: 'adam',
    learningRate,
    beta1,
    beta2,
    eps,
    weightDecay,
    decay,
    count,
  });
}

function sgd(momentum: number, nesterov: boolean, weightDecay: number): UpdateCase['ruleAt'] {
  return () => ({ kind: 'sgd', learningRate: 0.01, momentum, nesterov, weightDecay });
}

/** An optimizer's steps in PyTorch: its settings, and the losses and gradient norms before each step. */
export interface OptimizerSteps {
  readonly lr: number;
  readonly betas: readonly number[];
  readonly eps: number;
  /** Muon's momentum; absent for AdamW. */
  readonly momentum?: number;
  /** Weight decay of matrices; vectors have none. */
  readonly weightDecay2D: number;
  readonly clipNorm: number;
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
}

/**
 * Takes a step of AdamW, or of Muon, for each batch, and checks that the losses and the norms of the gradients are
 * PyTorch's.
 *
 * @param rtol - Relative tolerance of the norms, 1e-4 by default.
 */
export function takeOptimizerSteps(
  model: Model,
  {
    lr: learningRate,
    betas: [beta1, beta2],
    eps,
    momentum,
    weightDecay2D,
    ...steps
  }: OptimizerSteps,
  batches: readonly TrainingBatch[],
  rtol = 1e-4,
): void {
  const numbers = { learningRate, beta1, beta2, eps, weightDecay: weightDecay2D };
  for (const [step, batch] of batches.entries()) {
    const { loss, gradients } = lossAndGradients(model, batch);
    const count = step + 1;
    const rule: UpdateRule =
      momentum === undefined
        ? { kind: 'adam', ...numbers, decay: 'decoupled', count }
        : { kind: 'muon', ...numbers, momentum, nesterov: true, count };
    const norm = model.parameters.update(gradients, rule, steps.clipNorm);
    tf.dispose(gradients);
    assertClose(`loss before step ${step}`, [loss], [steps.losses[step]], { atol: 1e-4 });
    assertClose(`norm at step ${step}`, [norm], [steps.gradNorms[step]], { rtol });
  }
}
