import type { App } from '@ramble/core';
import {
  applyPedal,
  describePerformances,
  drawAttention,
  MUSIC_OPTIONS,
  musicFactory,
  type MidiPiece,
  type MusicOptions,
  type MusicPrompt,
  onGrid,
  type StepNote,
} from '@ramble/music';

import { MUSIC_EXAMPLES } from './help-examples.js';
import { OUTPUT_RULES } from './output-rules.js';
import { PRESETS } from './presets.js';
import { PROMPTING } from './prompting.js';
import { readPiece } from './read-piece.js';
import { readPieces } from './read-pieces.js';
import { NOTE_EXTENSIONS, showNotes } from './show-notes.js';
import { soundOf } from './sound.js';

/** Piano performances: learns from MIDI files and plays new ones. */
export const musicApp: App<MidiPiece, MusicPrompt, readonly StepNote[], MusicOptions> = {
  name: 'music',
  description: 'Piano performances: learns from MIDI files and plays new ones.',
  helpExamples: MUSIC_EXAMPLES,
  factory: musicFactory,
  options: MUSIC_OPTIONS,
  packing: 'pieces',
  extensions: ['.mid', '.midi'],
  readExamples: readPieces,
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readPiece('prompt', content, options) },
  readOutput: (content, options) => onGrid(applyPedal(readPiece('output', content, options))),
  showOutput: showNotes,
  outputExtensions: NOTE_EXTENSIONS,
  prompting: PROMPTING,
  outputRules: OUTPUT_RULES,
  companion: soundOf((notes) => notes),
  statistics: describePerformances,
  drawAttention,
  measure: (piece, domain) => {
    const notes = domain.decodeOutput(Array.from(domain.encodeExample(piece).tokens));
    const steps = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
    return { note: notes.length, second: steps / 100 };
  },
  presets: PRESETS,
};
