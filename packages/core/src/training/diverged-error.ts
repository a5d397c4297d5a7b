/** The loss or the gradient stopped being a number; the parameters are those before the step. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';

  constructor(
    readonly step: number,
    readonly loss: number,
    readonly gradientNorm: number,
    readonly learningRate: number,
  ) {
    super(
      `loss: expected a finite number, got ${loss} at step ${step} ` +
        `(gradient norm ${gradientNorm}, learning rate ${learningRate}); ` +
        'try a lower learningRate or gradClip. The last checkpoint is kept.',
    );
  }
}
