import { STEPS_PER_SECOND } from '../events/event-ids.js';
import { chromas } from '../notes/chromas.js';
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
  const windows = wholeWindows(notes);
  const likest = windows.slice(NEAREST).map((window, i) => {
    const before = windows.slice(Math.max(0, i + NEAREST - FARTHEST), i + 1);
    return Math.max(...before.map((other) => cosine(window, other)));
  });
  if (likest.length === 0) return undefined;
  return likest.reduce((sum, each) => sum + each, 0) / likest.length;
}

/** How long each pitch class sounds in each whole window. */
function wholeWindows(notes: readonly StepNote[]): readonly Float64Array[] {
  const sounding = notes.map(({ startStep: start, endStep: end, pitch }) => ({
    start,
    end,
    pitch,
  }));
  const windows = chromas(sounding, WINDOW_STEPS);
  const count = Math.floor(lengthOf(notes) / WINDOW_STEPS);
  return Array.from({ length: count }, (_, w) => windows.get(w) ?? new Float64Array(12));
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
