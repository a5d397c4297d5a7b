import {
  companionFeature,
  drawAttentionFeature,
  helpExamplesFeature,
  measureFeature,
  outputExtensionsFeature,
  statisticsFeature,
} from '@ramble/command-line/features';
import type { App } from '@ramble/core';
import {
  describePerformances,
  drawAttention,
  MUSIC_OPTIONS,
  type MidiPiece,
  type MusicDomain,
  type MusicOptions,
  type MusicPrompt,
  type StepNote,
  writeMidi,
} from '@ramble/music';

import { askedMusic } from './asked-music.js';
import { MUSIC_EXAMPLES } from './help-examples.js';
import { PRESETS } from './presets.js';
import { readPieces } from './read-pieces.js';
import { SHEET_EXTENSIONS } from './show-notes.js';
import { soundOf } from './sound.js';

/** Piano performances: learns from MIDI files and plays new ones. */
export const musicApp: App<MidiPiece, MusicPrompt, readonly StepNote[], MusicOptions> = {
  ...askedMusic,
  options: MUSIC_OPTIONS,
  data: { extensions: ['.mid', '.midi'], readExamples: readPieces },
  presets: PRESETS,
  features: {
    ...askedMusic.features,
    ...helpExamplesFeature.with(MUSIC_EXAMPLES),
    ...outputExtensionsFeature.with(SHEET_EXTENSIONS),
    ...companionFeature.with(soundOf(writeMidi)),
    ...statisticsFeature.with(describePerformances),
    ...drawAttentionFeature.with(drawAttention),
    ...measureFeature.with((piece: MidiPiece, domain: MusicDomain) => {
      const notes = domain.decodeOutput(Array.from(domain.encodeExample(piece).tokens));
      const steps = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
      return { note: notes.length, second: steps / 100 };
    }),
  },
};
