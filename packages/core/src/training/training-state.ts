import type { SegmentMemory } from '../attention/segment-memory.js';

/** The progress of a training run as plain data, which is saved with the parameters and moments. */
export interface TrainingState {
  /** Number of updates so far. Together with the seed, it determines the next batches and dropout masks. */
  readonly step: number;
  /** Validation loss of the best evaluation so far. */
  readonly bestLoss?: number;
  readonly bestScore?: number;
  readonly bestStep?: number;
  /** Validation loss of the best of the evaluations at multiples of `evalInterval`, which patience compares. */
  readonly dueLoss?: number;
  readonly dueScore?: number;
  /** Number of evaluations at multiples of `evalInterval` since the best of them. */
  readonly evaluationsWithoutImprovement: number;
  /** Number of targets trained on. */
  readonly tokensSeen: number;
  /** Training time in seconds, over all calls. */
  readonly elapsedSeconds: number;
  /** Segment memory after the last segments of training, for a model that remembers segments. */
  readonly memory?: SegmentMemory;
}

/** State before the first update. */
export const NEW_TRAINING: TrainingState = {
  step: 0,
  evaluationsWithoutImprovement: 0,
  tokensSeen: 0,
  elapsedSeconds: 0,
};

/** Advice for a training whose loss or gradients are no longer finite. */
export const DIVERGED_ADVICE = 'try a lower learningRate or gradClip. The last checkpoint is kept.';

/** Error for a loss or gradient that is not finite. The parameters are as before the step. */
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
