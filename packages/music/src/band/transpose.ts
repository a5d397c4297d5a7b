import type { Random } from '@ramble/core';

import { PITCH_RANGE } from '../remi/remi-vocabulary.js';
import { DRUMS, type Score } from '../score/score.js';

/** Semitones down and up, as in the variations of performances. */
const MOST_SEMITONES = 3;

/**
 * Transposes all but the drums, by up to three semitones that keep every note among the pitches of the
 * vocabulary that was there, uniformly.
 */
export function transposeAtRandom(score: Score, random: Random): Score {
  const [low, high] = PITCH_RANGE;
  const pitches = score.parts
    .filter(({ program }) => program !== DRUMS)
    .flatMap(({ notes }) => notes.map(({ pitch }) => pitch))
    .filter((pitch) => pitch >= low && pitch <= high);
  const lowest = pitches.reduce((a, b) => Math.min(a, b), high);
  const highest = pitches.reduce((a, b) => Math.max(a, b), low);
  const down = Math.min(MOST_SEMITONES, lowest - low);
  const up = Math.min(MOST_SEMITONES, high - highest);
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
