import type { SheetKey, SheetNote } from './sheet.js';

/** How well each semitone above the tonic fits, as listeners rated it. */
const PROFILES = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
} as const;
const MODES = ['major', 'minor'] as const;
const PITCH_CLASSES = 12;
/** A minor key has the signature of the major key three semitones above. */
const RELATIVE = { major: 0, minor: 3 } as const;

/**
 * The key whose profile correlates most with how long each pitch class sounds; C major where no notes
 * are, or all sound for as long.
 *
 * @param fifths - The signature, where it is known: only its major and its minor key are then compared.
 * @returns a signature of 5 flats to 6 sharps.
 * @see Krumhansl 1990, Cognitive Foundations of Musical Pitch, chapter 4 (Krumhansl and Kessler's profiles)
 */
export function estimateKey(notes: readonly SheetNote[], fifths?: number): SheetKey {
  const lengths = new Float64Array(PITCH_CLASSES);
  for (const { pitch, startSixteenth, endSixteenth } of notes) {
    lengths[pitch % PITCH_CLASSES] += endSixteenth - startSixteenth;
  }
  let best: SheetKey = { fifths: fifths ?? 0, mode: 'major' };
  let bestFit = 0;
  for (const mode of MODES) {
    for (let tonic = 0; tonic < PITCH_CLASSES; tonic++) {
      const own = fifthsOf(tonic + RELATIVE[mode]);
      if (fifths !== undefined && (fifths - own) % PITCH_CLASSES !== 0) continue;
      const profile = PROFILES[mode];
      const turned = Array.from(lengths, (_, i) => lengths[(tonic + i) % PITCH_CLASSES]);
      const fit = correlation(turned, profile);
      if (fit > bestFit) {
        [best, bestFit] = [{ fifths: fifths ?? own, mode }, fit];
      }
    }
  }
  return best;
}

/** Sharps of a major key; up a fifth is one more. */
function fifthsOf(tonic: number): number {
  return ((tonic * 7 + 5) % PITCH_CLASSES) - 5;
}

/** Pearson's correlation; 0 where one side does not vary. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [fromA, fromB] = [fromMean(a), fromMean(b)];
  const scale = Math.sqrt(dot(fromA, fromA) * dot(fromB, fromB));
  return scale === 0 ? 0 : dot(fromA, fromB) / scale;
}

function fromMean(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
