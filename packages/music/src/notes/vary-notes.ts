import type { Random } from '@ramble/core';

import { PITCH_RANGE } from '../remi/remi-vocabulary.js';
import { DRUMS, type Score } from '../score/score.js';
import type { Note } from './note.js';

/** A variation of a piece: a transposition by `semitones`, and a multiplication of all times by `stretch`. */
export interface Variation {
  readonly semitones: number;
  readonly stretch: number;
}

/**
 * The 35 variations of Music Transformer: transpositions up to a minor third, tempos up to 5 % slower or
 * faster.
 */
export const VARIATIONS: readonly Variation[] = [0.95, 0.975, 1, 1.025, 1.05].flatMap((stretch) =>
  [-3, -2, -1, 0, 1, 2, 3].map((semitones) => ({ semitones, stretch })),
);

/** Lowest and highest key of a piano. */
const PIANO_RANGE = [21, 108] as const;

/**
 * Applies a variation to notes.
 *
 * @param range - Lowest and highest allowed pitch.
 * @returns `undefined` if a note would leave the range.
 * @see Huang et al. 2018, section 4.2, https://arxiv.org/abs/1809.04281
 */
export function varyNotes<N extends Note>(
  notes: readonly N[],
  { semitones, stretch }: Variation,
  [low, high]: readonly [number, number] = PIANO_RANGE,
): readonly N[] | undefined {
  const varied = notes.map((note) => ({
    ...note,
    startSeconds: note.startSeconds * stretch,
    endSeconds: note.endSeconds * stretch,
    pitch: note.pitch + semitones,
  }));
  return varied.every(({ pitch }) => pitch >= low && pitch <= high) ? varied : undefined;
}

/**
 * Applies one of the variations that keep all notes on the piano. It is chosen uniformly by the first number of
 * `random`.
 *
 * @returns `undefined` if no variation keeps all notes on the piano.
 */
export function varyAtRandom<N extends Note>(
  notes: readonly N[],
  random: Random,
): readonly N[] | undefined {
  const [low, high] = PIANO_RANGE;
  let [lowest, highest] = [Infinity, -Infinity];
  for (const { pitch } of notes) {
    lowest = Math.min(lowest, pitch);
    highest = Math.max(highest, pitch);
  }
  const possible = VARIATIONS.filter(
    ({ semitones }) => lowest + semitones >= low && highest + semitones <= high,
  );
  if (possible.length === 0) return undefined;
  return varyNotes(notes, possible[random.integer(0, possible.length)]);
}

/** Maximum transposition in semitones, down and up, as in the variations of performances. */
const MAX_SEMITONES = 3;

/**
 * Transposes all parts except drums by up to three semitones, uniformly among the transpositions that move no
 * note out of the vocabulary.
 */
export function transposeAtRandom(score: Score, random: Random): Score {
  const [low, high] = PITCH_RANGE;
  const pitches = score.parts
    .filter(({ program }) => program !== DRUMS)
    .flatMap(({ notes }) => notes.map(({ pitch }) => pitch))
    .filter((pitch) => pitch >= low && pitch <= high);
  const lowest = pitches.reduce((a, b) => Math.min(a, b), high);
  const highest = pitches.reduce((a, b) => Math.max(a, b), low);
  const down = Math.min(MAX_SEMITONES, lowest - low);
  const up = Math.min(MAX_SEMITONES, high - highest);
  const semitones = random.integer(0, down + up + 1) - down;
  return {
    ...score,
    parts: score.parts.map((part) =>
      part.program === DRUMS
        ? part
        : {
            ...part,
            notes: part.notes.map((note) => ({ ...note, pitch: note.pitch + semitones })),
          },
    ),
  };
}
