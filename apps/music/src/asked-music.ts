import { type AskedApp, outputRulesFeature } from '@ramble/core';
import {
  applyPedal,
  type MidiPiece,
  musicFactory,
  type MusicOptions,
  type MusicPrompt,
  onGrid,
  performanceSheet,
  promptMeter,
  type StepNote,
} from '@ramble/music';

import { OUTPUT_RULES } from './output-rules.js';
import { PROMPTING } from './prompting.js';
import { readPiece } from './read-piece.js';
import { showNotes } from './show-notes.js';

/** Pieces to go on from or to accompany, and what a model that is there plays. */
export const askedMusic: AskedApp<MidiPiece, MusicPrompt, readonly StepNote[], MusicOptions> = {
  name: 'music',
  description: 'Piano performances: learns from MIDI files and plays new ones.',
  factory: musicFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readPiece('prompt', content, options) },
  readOutput: (content, options) => onGrid(applyPedal(readPiece('output', content, options))),
  showOutput: (notes, extension, prompt) =>
    showNotes(notes, () => performanceSheet(notes, prompt && promptMeter(prompt)), extension),
  prompting: PROMPTING,
  features: outputRulesFeature.with(OUTPUT_RULES),
};
