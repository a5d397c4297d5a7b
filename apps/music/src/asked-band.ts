import { type AskedApp, outputRulesFeature } from '@ramble/core';
import { bandFactory, type BandOptions, type BandPrompt, type Score } from '@ramble/music';

import { BAND_PROMPTING } from './band-prompting.js';
import { BAND_RULES } from './band-rules.js';
import { readScore } from './read-score.js';
import { showScore } from './show-score.js';

/** Pieces to go on from, and what a model plays on several instruments. */
export const askedBand: AskedApp<Score, BandPrompt, Score, BandOptions> = {
  name: 'band',
  description: 'Music of several instruments: learns from MIDI files and plays new ones.',
  factory: bandFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readScore('prompt', content, options) },
  readOutput: (content, options) => readScore('output', content, options),
  showOutput: showScore,
  prompting: BAND_PROMPTING,
  features: outputRulesFeature.with(BAND_RULES),
};
