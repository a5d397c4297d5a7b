import type { App } from '@ramble/core';
import {
  BAND_OPTIONS,
  type BandOptions,
  type BandPrompt,
  barTicks,
  describeScores,
  type Score,
  writeScore,
} from '@ramble/music';

import { askedBand } from './asked-band.js';
import { BAND_EXAMPLES } from './help-examples.js';
import { BAND_PRESETS } from './presets.js';
import { readScores } from './read-scores.js';
import { NOTE_EXTENSIONS } from './show-notes.js';
import { soundOf } from './sound.js';

/** Music of several instruments: learns from MIDI files and plays new ones. */
export const bandApp: App<Score, BandPrompt, Score, BandOptions> = {
  ...askedBand,
  helpExamples: BAND_EXAMPLES,
  options: BAND_OPTIONS,
  extensions: ['.mid', '.midi'],
  readExamples: readScores,
  outputExtensions: NOTE_EXTENSIONS,
  companion: soundOf(writeScore),
  statistics: describeScores,
  measure: (piece, domain) => {
    const score = domain.decodeOutput(Array.from(domain.encodeExample(piece).tokens));
    const notes = score.parts.reduce((sum, part) => sum + part.notes.length, 0);
    return { note: notes, bar: barTicks(score).length - 1 };
  },
  presets: BAND_PRESETS,
};
