/** What to do about a training whose numbers are no longer finite. */
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
