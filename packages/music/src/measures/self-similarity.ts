import { chromas } from '../notes/chromas.js';
import type { SoundingPiece } from './polyphony.js';

/** How far back a window may be like another one, in windows. */
const [NEAREST, FARTHEST] = [4, 16];

/**
 * How much a piece comes back to what it was: for each window of time, how like it is to the likest of those
 * that are 4 to 16 windows before, by the cosine of how long each pitch class sounds.
 *
 * @param windowLength - In the unit of the piece: two seconds, or a bar.
 * @returns 0 to 1; `undefined` of what is shorter than five windows.
 */
export function selfSimilarity(
  { notes, length }: SoundingPiece,
  windowLength: number,
): number | undefined {
  const sounding = chromas(notes, windowLength);
  const windows = Array.from(
    { length: Math.floor(length / windowLength) },
    (_, w) => sounding.get(w) ?? new Float64Array(12),
  );
  const likest = windows.slice(NEAREST).map((window, i) => {
    const before = windows.slice(Math.max(0, i + NEAREST - FARTHEST), i + 1);
    return Math.max(...before.map((other) => cosine(window, other)));
  });
  if (likest.length === 0) return undefined;
  return likest.reduce((sum, each) => sum + each, 0) / likest.length;
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
