import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';
import { lengthOf } from './polyphony.js';

const WINDOW_STEPS = 2 * STEPS_PER_SECOND;
/** How far back a window may be like another one, in windows: 8 to 32 s. */
const [NEAREST, FARTHEST] = [4, 16];

/**
 * How much a performance comes back to what it was: for each two seconds, how like they are to the likest
 * two seconds of 8 to 32 s before, by the cosine of how long each pitch class sounds.
 *
 * @returns 0 to 1; `undefined` of what is shorter than ten seconds.
 */
export function selfSimilarity(notes: readonly StepNote[]): number | undefined {
  const windows = chromas(notes);
  const likest = windows.slice(NEAREST).map((window, i) => {
    const before = windows.slice(Math.max(0, i + NEAREST - FARTHEST), i + 1);
    return Math.max(...before.map((other) => cosine(window, other)));
  });
  if (likest.length === 0) return undefined;
  return likest.reduce((sum, each) => sum + each, 0) / likest.length;
}

/** How long each of the twelve pitch classes sounds in each whole window. */
function chromas(notes: readonly StepNote[]): Float64Array[] {
  const count = Math.floor(lengthOf(notes) / WINDOW_STEPS);
  const windows = Array.from({ length: count }, () => new Float64Array(12));
  for (const { startStep, endStep, pitch } of notes) {
    for (
      let w = Math.floor(startStep / WINDOW_STEPS);
      w < count && w * WINDOW_STEPS < endStep;
      w++
    ) {
      const begin = Math.max(startStep, w * WINDOW_STEPS);
      windows[w][pitch % 12] += Math.min(endStep, (w + 1) * WINDOW_STEPS) - begin;
    }
  }
  return windows;
}

function cosine(a: Float64Array, b: Float64Array): number {
  let [product, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    lengthA += a[i] * a[i];
    lengthB += b[i] * b[i];
  }
  return product === 0 ? 0 : product / Math.sqrt(lengthA * lengthB);
}
