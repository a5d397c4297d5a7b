import type { Clock } from '../files/clock.js';

/** Measures how long a rank waits for others. */
export interface Waiting {
  /** Waits for some work of all ranks. */
  for<T>(work: Promise<T>): Promise<T>;
  /** Seconds waited since the last `reset`. */
  seconds(): number;
  reset(): void;
}

/** Makes what has not waited yet. */
export function measureWaiting(clock: Clock): Waiting {
  let waitedMs = 0;
  return {
    for: async (work) => {
      const start = clock.now();
      const result = await work;
      waitedMs += clock.now() - start;
      return result;
    },
    seconds: () => waitedMs / 1000,
    reset: () => (waitedMs = 0),
  };
}
