import {
  companionFeature,
  helpExamplesFeature,
  measureFeature,
  outputExtensionsFeature,
  statisticsFeature,
} from '@ramble/command-line/features';
import type { App } from '@ramble/core';
import {
  BAND_OPTIONS,
  type BandDomain,
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
  options: BAND_OPTIONS,
  data: { extensions: ['.mid', '.midi'], readExamples: readScores },
  presets: BAND_PRESETS,
  features: {
    ...askedBand.features,
    ...helpExamplesFeature.with(BAND_EXAMPLES),
    ...outputExtensionsFeature.with(NOTE_EXTENSIONS),
    ...companionFeature.with(soundOf(writeScore)),
    ...statisticsFeature.with(describeScores),
    ...measureFeature.with((piece: Score, domain: BandDomain) => {
      const score = domain.decodeOutput(Array.from(domain.encodeExample(piece).tokens));
      const notes = score.parts.reduce((sum, part) => sum + part.notes.length, 0);
      return { note: notes, bar: barTicks(score).length - 1 };
    }),
  },
};
