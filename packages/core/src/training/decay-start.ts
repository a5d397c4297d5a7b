/**
 * Updates before the decay, which is the last fifth of all.
 *
 * @param maxSteps - All updates; 0 where they are still to be planned, and then there is no decay yet.
 */
export function decayStart(maxSteps: number, warmupSteps: number): number {
  if (maxSteps === 0) return Infinity;
  return Math.max(warmupSteps, Math.floor((4 * maxSteps) / 5));
}

/** The number of updates whose decay begins after this many. */
export function stepsDecayingFrom(step: number): number {
  return Math.ceil((5 * step) / 4);
}
