import type { Model, TrainingBatch } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose } from '../assert-close.js';
import { lossAndGradients } from './loss-and-gradients.js';

/** PyTorch's steps of AdamW: the rule, and what each step has before it. */
export interface AdamWSteps {
  readonly lr: number;
  readonly betas: readonly number[];
  readonly eps: number;
  /** Weight decay of matrices; vectors have none. */
  readonly weightDecay2D: number;
  readonly clipNorm: number;
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
}

/** Takes a step of AdamW for each batch; the losses and the norms of the gradients are PyTorch's. */
export function takeAdamWSteps(
  model: Model,
  adamw: AdamWSteps,
  batches: readonly TrainingBatch[],
): void {
  for (const [step, batch] of batches.entries()) {
    const { loss, gradients } = lossAndGradients(model, batch);
    const rule = {
      kind: 'adam',
      learningRate: adamw.lr,
      beta1: adamw.betas[0],
      beta2: adamw.betas[1],
      eps: adamw.eps,
      weightDecay: adamw.weightDecay2D,
      decay: 'decoupled',
      count: step + 1,
    } as const;
    const norm = model.parameters.update(gradients, rule, adamw.clipNorm);
    tf.dispose(gradients);
    assertClose(`loss before step ${step}`, [loss], [adamw.losses[step]], { atol: 1e-4 });
    assertClose(`norm at step ${step}`, [norm], [adamw.gradNorms[step]], { rtol: 1e-4 });
  }
}
