import type { TrainingConfig } from '../config/training-config.js';

/** Durations of the parts of a training, measured while it runs. */
export interface TrainingPace {
  /** Adds the measured duration of an update, an evaluation, or the saving of a checkpoint. */
  add(part: 'step' | 'evaluation' | 'checkpoint', seconds: number): void;
  /** Seconds from one step to another, with what is due between and the evaluation and checkpoint at the end. */
  secondsBetween(from: number, to: number): number;
  /** The last step that can be reached within a number of seconds; `from` if none can. */
  lastStepWithin(from: number, seconds: number): number;
  /** Seconds that the evaluation and checkpoint at the end take. */
  readonly endSeconds: number;
}

/** First measurements, before training begins. */
export interface FirstPace {
  readonly step: number;
  readonly evaluation: number;
}

/** Other programs on the machine, and updates after the gradients. */
const SLACK = 1.05;

/** Resolution of a clock in whole milliseconds: the duration of a step that it measures as 0. */
const SHORTEST_SECONDS = 1e-3;

/** The pace of a training: the last quarter of its steps counts, so that a machine may become slower. */
export function trainingPace(
  { evalInterval, saveInterval }: Pick<TrainingConfig, 'evalInterval' | 'saveInterval'>,
  first: FirstPace = { step: 0, evaluation: 0 },
): TrainingPace {
  let { step, evaluation } = first;
  let checkpoint = 0;
  let steps = 0;
  const secondsBetween = (from: number, to: number): number =>
    SLACK * step * (to - from) +
    evaluation * (multiplesBetween(from, to, evalInterval) + (to % evalInterval === 0 ? 0 : 1)) +
    checkpoint * (multiplesBetween(from, to, saveInterval) + (to % saveInterval === 0 ? 0 : 1));
  return {
    add: (part, seconds) => {
      if (part === 'evaluation') evaluation = seconds;
      else if (part === 'checkpoint') checkpoint = seconds;
      else {
        steps++;
        step += (seconds - step) * Math.min(1, 4 / (steps + 3));
      }
    },
    secondsBetween,
    lastStepWithin: (from, seconds) => {
      const most = Math.ceil(seconds / (step || SHORTEST_SECONDS));
      let [low, high] = [from, from + Math.max(0, most)];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (secondsBetween(from, middle) <= seconds) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    get endSeconds() {
      return evaluation + checkpoint;
    },
  };
}

/** Number of multiples of an interval that are greater than `from` and at most `to`. */
function multiplesBetween(from: number, to: number, interval: number): number {
  return Math.floor(to / interval) - Math.floor(from / interval);
}
