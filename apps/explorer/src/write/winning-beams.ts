import type { BeamStep } from './output.js';

/**
 * Finds the beams that an output grew from.
 *
 * @param best - The ids of the output; none while it is not known, and the first beam is the best.
 * @returns by step, the index of its beam; `undefined` for steps after its end.
 */
export function winningBeams(
  steps: readonly BeamStep[],
  best: readonly number[],
): readonly (number | undefined)[] {
  const none = steps.map(() => undefined);
  if (best.length === 0) return ancestors(steps, steps.length - 1, 0);
  const last = Math.min(best.length, steps.length) - 1;
  for (const [index] of (steps[last]?.beams ?? []).entries()) {
    const path = ancestors(steps, last, index);
    const ids = path.map((beam, step) => steps[step]?.beams[beam]?.token.id);
    if (ids.every((id, step) => id === best[step])) return [...path, ...none.slice(path.length)];
  }
  return none;
}

/** The beams from the first step to one of step `last`. */
function ancestors(steps: readonly BeamStep[], last: number, index: number): number[] {
  const path: number[] = [];
  for (let step = last, beam = index; step >= 0; step--) {
    path.unshift(beam);
    beam = steps[step]?.beams[beam]?.parent ?? 0;
  }
  return path;
}
