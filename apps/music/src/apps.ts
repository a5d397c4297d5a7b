import {
  attentionPictureFeature,
  companionFeature,
  type ContextReading,
  duetFeature,
  helpExamplesFeature,
  measureFeature,
  outputExtensionsFeature,
  outputQualityFeature,
  readingsFeature,
  renderingFeature,
  statisticsFeature,
} from '@ramble/command-line/features';
import type { App, DataFile, ModelConfig, Random, TrainingConfig } from '@ramble/core';
import { ARCHITECTURES } from '@ramble/core/app';
import {
  BAND_OPTIONS,
  type BandDomain,
  type BandOptions,
  type BandPrompt,
  barTicks,
  type Chorale,
  type ChoralePrompt,
  choraleScore,
  describeChorales,
  describePerformances,
  describeScores,
  Duet,
  type FillsIn,
  type MidiPiece,
  MUSIC_OPTIONS,
  type MusicDomain,
  type MusicOptions,
  type MusicPrompt,
  noteAttention,
  parseChorales,
  rankPerformance,
  type Score,
  type StepNote,
  writeScore,
} from '@ramble/music';

import { bandInference, choralesInference, musicInference } from './inference.js';
import { choraleForms } from './chorales-inference.js';
import { BAND_EXAMPLES, CHORALES_EXAMPLES, MUSIC_EXAMPLES } from './help-examples.js';
import {
  bandMidi,
  INPUT_EXTENSIONS,
  OUTPUT_EXTENSIONS,
  performanceForms,
  performanceMidi,
  readScore,
  scoreForms,
} from './music-files.js';
import { filesBy, readersOfAbc, readPieces, readWhole } from './read-pieces.js';
import { renderingOf, soundOf } from './sound.js';

/**
 * Default settings of training on chorales. The context, eight bars, has several phrases. At equal numbers of
 * updates, rotary positions learn chorales far faster than learned positions do: a voice's last note is always four
 * tokens back.
 */
const CHORALES_DEFAULTS: Partial<ModelConfig & TrainingConfig> = {
  ...ARCHITECTURES.llama,
  contextLength: 512,
  batchSize: 2,
  learningRate: 2e-3,
  schedule: 'wsd',
  dropout: 0.1,
};

/** Four-part chorales, encoded as in the Music Transformer paper. */
export const choralesApp: App<Chorale, ChoralePrompt, Chorale, object> = {
  ...choralesInference,
  ...readersOfAbc(choralesInference),
  options: {},
  data: { extensions: ['.json'], readExamples },
  presets: { defaults: CHORALES_DEFAULTS },
  features: {
    ...choralesInference.features,
    ...helpExamplesFeature.with(CHORALES_EXAMPLES),
    ...outputExtensionsFeature.with(OUTPUT_EXTENSIONS),
    ...statisticsFeature.with(describeChorales),
    ...companionFeature.with(soundOf((chorale: Chorale) => writeScore(choraleScore(chorale)))),
    ...renderingFeature.with(renderingOf(choraleForms)),
  },
};

async function* readExamples(files: readonly DataFile[]): AsyncGenerator<Chorale> {
  for (const file of files) {
    yield* parseChorales(file.name, new TextDecoder().decode(await readWhole(file)));
  }
}

/** Presets: some minutes on a CPU, and the settings of the Music Transformer paper for a large machine. */
const PRESETS: Readonly<Record<string, Partial<ModelConfig & TrainingConfig>>> = {
  'music-cpu': {
    nLayer: 4,
    nHead: 4,
    nEmbd: 128,
    contextLength: 256,
    attention: 'relative',
    batchSize: 8,
    learningRate: 1e-3,
    minLearningRate: 1e-4,
    warmupSteps: 100,
    beta2: 0.99,
    maxSteps: 2000,
    dropout: 0.1,
  },
  'music-transformer': {
    nLayer: 6,
    nHead: 8,
    nEmbd: 512,
    mlpDim: 1024,
    contextLength: 2048,
    attention: 'relative',
    batchSize: 8,
    learningRate: 3e-4,
    warmupSteps: 1000,
    maxSteps: 100_000,
    dropout: 0.1,
  },
};

/** Settings for some minutes on a CPU. A context fits about eight bars with several instruments. */
export const BAND_PRESETS: Readonly<Record<string, Partial<ModelConfig & TrainingConfig>>> = {
  'band-cpu': { ...PRESETS['music-cpu'], contextLength: 512, batchSize: 4 },
};

/**
 * Returns a random region of a piece twice, with the music after it as context and without; empty for a model that
 * cannot fill in regions.
 */
function readRegions<Piece>(
  piece: Piece,
  { readRegion }: Pick<MusicDomain, 'name'> & Partial<FillsIn<Piece>>,
  { max, random }: { readonly max: number; readonly random: Random },
): readonly ContextReading[] {
  const region = readRegion?.(piece, max, random);
  if (!region) return [];
  return [
    {
      name: 'both sides',
      meaning: 'nats a token of random regions, given the music before and after them',
      example: region.bothSides,
    },
    {
      name: 'left side alone',
      meaning: 'baseline that reads the same regions without the music after them',
      example: region.leftSide,
    },
  ];
}

/** Piano performances: learns from MIDI files and plays new ones. */
export const musicApp: App<MidiPiece, MusicPrompt, readonly StepNote[], MusicOptions> = {
  ...musicInference,
  ...readersOfAbc(musicInference),
  options: MUSIC_OPTIONS,
  data: { extensions: INPUT_EXTENSIONS, readExamples: readPieces },
  presets: PRESETS,
  features: {
    ...musicInference.features,
    ...helpExamplesFeature.with(MUSIC_EXAMPLES),
    ...outputExtensionsFeature.with(OUTPUT_EXTENSIONS),
    ...companionFeature.with(soundOf(performanceMidi)),
    ...renderingFeature.with(renderingOf(performanceForms)),
    ...duetFeature.with((calls, options) => new Duet(calls, options)),
    ...statisticsFeature.with(describePerformances),
    ...outputQualityFeature.with(rankPerformance),
    ...readingsFeature.with(readRegions<MidiPiece>),
    ...attentionPictureFeature.with((study) => ({ kind: 'notes', ...noteAttention(study) })),
    ...measureFeature.with((piece: MidiPiece, domain: MusicDomain) => {
      const notes = domain.decodeOutput(Array.from(domain.encodeExample(piece).tokens));
      const steps = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
      return { note: notes.length, second: steps / 100 };
    }),
  },
};

/** Multi-track music: trains on MIDI files and writes new ones. */
export const bandApp: App<Score, BandPrompt, Score, BandOptions> = {
  ...bandInference,
  ...readersOfAbc(bandInference),
  options: BAND_OPTIONS,
  data: { extensions: INPUT_EXTENSIONS, readExamples: filesBy(readScore) },
  presets: BAND_PRESETS,
  features: {
    ...bandInference.features,
    ...helpExamplesFeature.with(BAND_EXAMPLES),
    ...outputExtensionsFeature.with(OUTPUT_EXTENSIONS),
    ...companionFeature.with(soundOf(bandMidi)),
    ...renderingFeature.with(renderingOf(scoreForms)),
    ...statisticsFeature.with(describeScores),
    ...readingsFeature.with(readRegions<Score>),
    ...measureFeature.with((piece: Score, domain: BandDomain) => {
      const score = domain.decodeOutput(Array.from(domain.encodeExample(piece).tokens));
      const notes = score.parts.reduce((sum, part) => sum + part.notes.length, 0);
      return { note: notes, bar: barTicks(score).length - 1 };
    }),
  },
};
