import type { TrainingConfig } from '../config/training-config.js';
import type { TrainingState } from './training-state.js';

/** What an evaluation measured; nothing before the first one. */
interface Measured {
  readonly loss?: number;
  readonly score?: number;
}

/**
 * The state after an evaluation, which is the best so far where `bestStep` is its step. One that was
 * not due, where training ended for now, leaves what patience goes by as it was.
 */
export function withEvaluation(
  state: TrainingState,
  measured: Measured,
  config: TrainingConfig,
): TrainingState {
  const { loss, score } = measured;
  const isBest = isBetter(measured, bestOf(state), config);
  const isDue = state.step % config.evalInterval === 0;
  const bestDue = bestDueOf(state, config);
  const isImprovement = isDue && isBetter(measured, bestDue, config);
  const due = isImprovement ? measured : bestDue;
  const missed = state.evaluationsWithoutImprovement + (isDue ? 1 : 0);
  return {
    ...state,
    ...(isBest && { bestLoss: loss, bestStep: state.step }),
    ...(isBest && score !== undefined && { bestScore: score }),
    dueLoss: due.loss,
    dueScore: due.score,
    evaluationsWithoutImprovement: isImprovement ? 0 : missed,
  };
}

/** A score goes before the loss where the configuration says so; of equal ones the loss decides. */
function isBetter(
  { loss = Infinity, score }: Measured,
  { loss: otherLoss = Infinity, score: otherScore = -Infinity }: Measured,
  { bestBy }: TrainingConfig,
): boolean {
  if (bestBy === 'loss' || score === undefined || score === otherScore) return loss < otherLoss;
  return score > otherScore;
}

function bestOf({ bestLoss, bestScore }: TrainingState): Measured {
  return { loss: bestLoss, score: bestScore };
}

/** The best of those that were due: of all where its step was; older runs say nothing else. */
function bestDueOf(state: TrainingState, { evalInterval }: TrainingConfig): Measured {
  const { bestStep = 0, dueLoss, dueScore } = state;
  return bestStep % evalInterval === 0 ? bestOf(state) : { loss: dueLoss, score: dueScore };
}
