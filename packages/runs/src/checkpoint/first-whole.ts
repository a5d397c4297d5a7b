import { BrokenCheckpointError } from './broken-checkpoint-error.js';

/** The result of the first intact checkpoint, and the faults of those that were tried before it. */
export interface FirstWhole<T> {
  readonly value: T;
  readonly step: number;
  readonly broken: readonly BrokenCheckpointError[];
}

/**
 * Loads the first intact checkpoint.
 *
 * @param steps - In the order in which they are tried, at least one.
 * @throws what is wrong with the first one, when none is whole; what `load` throws of another kind.
 */
export async function firstWhole<T>(
  steps: readonly number[],
  load: (step: number) => Promise<T>,
): Promise<FirstWhole<T>> {
  const broken: BrokenCheckpointError[] = [];
  for (const step of steps) {
    try {
      return { value: await load(step), step, broken };
    } catch (error) {
      if (!(error instanceof BrokenCheckpointError)) throw error;
      broken.push(error);
    }
  }
  throw broken[0];
}
