import type { SegmentMemory } from '../attention/segment-memory.js';

/** The progress of a training run, without parameters and moments; plain data, saved with them. */
export interface TrainingState {
  /** Number of updates so far. Batches and dropout follow from it and the seed. */
  readonly step: number;
  /** Validation loss, score of outputs and step of the best evaluation so far. */
  readonly bestLoss?: number;
  readonly bestScore?: number;
  readonly bestStep?: number;
  /** Loss and score of the best evaluation among those at an `evalInterval`, by which patience goes. */
  readonly dueLoss?: number;
  readonly dueScore?: number;
  /** Due evaluations since the best of them. */
  readonly evaluationsWithoutImprovement: number;
  /** Targets learned from. */
  readonly tokensSeen: number;
  /** Time spent training, over all calls. */
  readonly elapsedSeconds: number;
  /** The memory after the last segments of training, for a model that remembers. */
  readonly memory?: SegmentMemory;
}

/** The state before the first update. */
export const NEW_TRAINING: TrainingState = {
  step: 0,
  evaluationsWithoutImprovement: 0,
  tokensSeen: 0,
  elapsedSeconds: 0,
};

/** Advice for a training whose loss or gradients are no longer finite. */
export const DIVERGED_ADVICE = 'try a lower learningRate or gradClip. The last checkpoint is kept.';

/** The loss or the gradient stopped being a number; the parameters are those before the step. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';

  constructor(
    readonly step: number,
    readonly loss: number,
    readonly gradientNorm: number,
    readonly learningRate: number,
  ) {
    const [wrong, other] = Number.isFinite(loss)
      ? [`gradient norm: expected a finite number, got ${gradientNorm}`, `loss ${loss}`]
      : [`loss: expected a finite number, got ${loss}`, `gradient norm ${gradientNorm}`];
    super(`${wrong} at step ${step} (${other}, learning rate ${learningRate}); ${DIVERGED_ADVICE}`);
  }
}
