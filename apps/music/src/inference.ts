import type { InferenceApp } from '@ramble/core';
import { type OutputRules, outputRulesFeature, type Prompting } from '@ramble/core/app';
import {
  type BandDomain,
  bandFactory,
  bandGrammar,
  type BandOptions,
  type BandPrompt,
  grammarWithMarkers,
  parseTracks,
  type Score,
} from '@ramble/music';

import {
  askedRegion,
  checkPiece,
  FILL,
  type FillOptions,
  formsOfScore,
  GIVEN,
  PRIMER,
  readScore,
  showMusic,
  TRACKS,
} from './music-files.js';

export { anticipationInference, ariaInference } from './published-inference.js';
export { choralesInference } from './chorales-inference.js';
export { musicInference } from './output-rules.js';

interface BandOutput {
  readonly tracks: string;
  readonly maxTracks: number;
  readonly bars?: number;
  readonly instrumentRanges: boolean;
}

/** Default maximum number of tokens of an output. */
const DEFAULT_TOKENS = 2048;
/** Maximum number of tokens of each bar of an output: a full bar of a large band. */
const TOKENS_PER_BAR = 512;

/**
 * Default maximum number of instruments. 27 of the 31 pieces of openttd-openmsx have at most 8. Without a limit,
 * outputs have dozens of instruments with a few notes each.
 */
const DEFAULT_TRACKS = 8;

/** Flags of `sample` for multi-track pieces, and the grammar that they configure. */
const BAND_RULES: OutputRules<BandOutput, BandDomain> = {
  settings: {
    tracks: TRACKS,
    maxTracks: {
      kind: 'integer',
      min: 1,
      default: DEFAULT_TRACKS,
      description:
        'Maximum number of instruments, including instruments of the primer; a given file may have more.',
    },
    bars: {
      kind: 'integer',
      basic: true,
      min: 1,
      max: 1000,
      derived: 'until the model ends the piece, or the longest length',
      description: 'Number of bars of the output, without its primer.',
    },
    instrumentRanges: {
      kind: 'boolean',
      default: true,
      description: 'Keep each instrument to the pitches that General MIDI gives it.',
    },
  },
  sampling: ({ bars = 0 }) => ({ maxNewTokens: Math.max(DEFAULT_TOKENS, bars * TOKENS_PER_BAR) }),
  grammar: ({ tracks, maxTracks, bars, instrumentRanges }, { maxNewTokens, domain }) =>
    grammarWithMarkers(
      bandGrammar(domain.tokens, {
        programs: parseTracks('tracks', tracks),
        maxTracks,
        hasInstrumentRanges: instrumentRanges,
        bars,
        maxTokens: maxNewTokens,
      }),
      domain.markers,
    ),
};

interface BandPrompting extends FillOptions {
  readonly primer?: string;
  readonly primerBars?: number;
}

/** Prompt options: a MIDI file to continue, or a MIDI file in which tracks are added or a region is written anew. */
const BAND_PROMPTING: Prompting<BandPrompt, BandPrompting> = {
  settings: {
    primer: PRIMER,
    given: GIVEN,
    fill: FILL,
    primerBars: {
      kind: 'integer',
      min: 1,
      derived: 'all of it',
      description: 'Number of bars of the primer to use.',
    },
  },
  files: ['primer', 'given'],
  apply: ({ piece, file }, { primer, given, fill, primerBars }, { tracks } = {}) => {
    checkPiece(piece, primer ?? given);
    const region = askedRegion(file, { given, fill });
    if (primerBars !== undefined && (piece === undefined || given !== undefined)) {
      throw new RangeError('primerBars: expected a primer with it, got none');
    }
    if (given === undefined) return { piece, bars: primerBars };
    const programs = typeof tracks === 'string' ? parseTracks('tracks', tracks) : undefined;
    return { given: piece, fill: region && { ...region, programs } };
  },
};

/** App to use a trained multi-track model: reads prompts and shows outputs. The training app extends it. */
export const bandInference: InferenceApp<Score, BandPrompt, Score, BandOptions> = {
  name: 'band',
  description: 'Learns from MIDI files of several instruments and plays new music.',
  factory: bandFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readScore('prompt', content, options), file: content },
  readOutput: (content, options) => readScore('output', content, options),
  showOutput: (score, extension, prompt) => showMusic(formsOfScore(score, prompt), extension),
  prompting: BAND_PROMPTING,
  features: outputRulesFeature.with(BAND_RULES),
};
