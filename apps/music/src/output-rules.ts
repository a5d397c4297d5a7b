import type { InferenceApp } from '@ramble/core';
import { type OutputRules, outputRulesFeature, type Prompting } from '@ramble/core/app';
import {
  applyPedal,
  grammarWithMarkers,
  keyScale,
  lengthPrior,
  type MidiPiece,
  MUSIC_KEYS,
  type MusicDomain,
  musicFactory,
  type MusicKey,
  type MusicOptions,
  type MusicPrompt,
  onGrid,
  parseChords,
  performanceGrammar,
  type StepNote,
  TEMPO_RANGE,
} from '@ramble/music';

import {
  askedRegion,
  checkPiece,
  FILL,
  type FillOptions,
  formsOfPerformance,
  MIDI_FILE,
  PRIMER,
  readPiece,
  showMusic,
} from './music-files.js';

interface PrimerOptions extends FillOptions {
  readonly primer?: string;
  readonly melody?: string;
  readonly primerSeconds?: number;
  readonly density?: number;
  readonly tempo?: number;
  readonly chords?: string;
}

/** Prompt options: a MIDI file to continue, a melody to accompany, and controls such as the tempo. */
const PROMPTING: Prompting<MusicPrompt, PrimerOptions> = {
  settings: {
    primer: PRIMER,
    melody: {
      ...MIDI_FILE,
      description: 'A file with a melody to accompany, for models trained with --accompaniment.',
    },
    given: {
      ...MIDI_FILE,
      basic: true,
      description: 'A file of music; --fill writes a region of it anew.',
    },
    fill: FILL,
    primerSeconds: {
      kind: 'number',
      basic: true,
      min: 0,
      derived: 'all of it',
      description: 'Number of seconds of the primer or melody to use.',
    },
    density: {
      kind: 'number',
      min: 0,
      derived: "the model's choice",
      description: 'Notes a second to play, for models trained with --controls.',
    },
    tempo: {
      kind: 'number',
      min: TEMPO_RANGE[0],
      max: TEMPO_RANGE[1],
      derived: "the model's choice",
      description: 'Beats a minute to play, for models trained with --controls.',
    },
    chords: {
      kind: 'string',
      derived: "the model's choice",
      description:
        'Chords to play most of the time, such as C,Am,F,G, for models trained with --controls.',
    },
  },
  files: ['primer', 'melody', 'given'],
  apply: (
    { piece, file },
    { primer, melody, given, fill: region, primerSeconds: seconds, chords, ...others },
  ) => {
    checkPiece(piece, primer ?? melody ?? given);
    const fill = askedRegion(file, { given, fill: region });
    if (given !== undefined && fill === undefined) {
      throw new RangeError(
        'given: a given file needs a region; name it with --fill, such as "seconds 10-20"',
      );
    }
    if ((piece === undefined || fill) && seconds !== undefined) {
      throw new RangeError('primerSeconds: expected a primer or a melody with it, got none');
    }
    const controls = {
      ...others,
      ...(chords !== undefined && { chords: parseChords('chords', chords) }),
    };
    if (fill) return { piece, fill, ...controls };
    return melody === undefined
      ? { piece, seconds, ...controls }
      : { melody: piece, seconds, ...controls };
  },
};

interface PerformanceOptions {
  readonly lowestPitch: number;
  readonly highestPitch: number;
  readonly key: MusicKey | 'any';
  readonly maxPolyphony: number;
  readonly maxNoteSeconds?: number;
  readonly lengthPrior?: number;
  readonly maxRestSeconds: number;
  readonly maxNotesPerSecond?: number;
  readonly lengthSeconds?: number;
}

/** Default maximum number of events of an output. */
const DEFAULT_EVENTS = 1024;
/**
 * Upper bound of events per second. It is so high that the grammar, and not the limit on tokens, ends an output of
 * given length.
 */
const EVENTS_PER_SECOND = 1000;
/**
 * Default strength of the length prior. With it, samples of examples/models/piano-played have as many simultaneous
 * notes as its data.
 */
const DEFAULT_PRIOR = 0.5;

/**
 * Default maximum rest. 99 % of the rests in human performances are shorter than 0.8 s. Without a limit, a model that
 * is silent often stays silent.
 */
const DEFAULT_REST_SECONDS = 1;

const PITCH = { kind: 'integer', min: 0, max: 127 } as const;
const SECONDS = { kind: 'number', min: 0.01, max: 3600 } as const;

/** The setting of the length of an output. */
export const LENGTH_SECONDS = {
  ...SECONDS,
  basic: true,
  derived: 'until the model ends the piece, or the longest length',
  description: 'Length of the output, without its primer.',
} as const;

/** Flags of `sample` for piano performances, and the grammar that they configure. */
const OUTPUT_RULES: OutputRules<PerformanceOptions, MusicDomain> = {
  settings: {
    lowestPitch: {
      ...PITCH,
      default: 21,
      description: "Lowest pitch that is played, by default the piano's; middle C is 60.",
    },
    highestPitch: {
      ...PITCH,
      default: 108,
      description: "Highest pitch that is played, by default the piano's.",
    },
    key: {
      kind: 'choice',
      choices: ['any', ...MUSIC_KEYS],
      default: 'any',
      description: 'Key to play in; minor keys have both sevenths.',
    },
    maxPolyphony: {
      kind: 'integer',
      min: 1,
      max: 128,
      default: 128,
      description: 'Maximum number of notes that sound at once.',
    },
    maxNoteSeconds: {
      ...SECONDS,
      derived: 'the length that 99.5 % of the training notes keep to',
      description: 'Maximum length of a note.',
    },
    lengthPrior: {
      kind: 'number',
      min: 0,
      derived: '0.5; 0 if the run does not have the median length of its training notes',
      description:
        "Strength of the length prior: adds this times -log(fraction of training notes that are at least as long) to a note's end. 0 for none.",
    },
    maxRestSeconds: {
      ...SECONDS,
      default: DEFAULT_REST_SECONDS,
      description: 'Maximum time in which no note sounds.',
    },
    maxNotesPerSecond: {
      kind: 'integer',
      min: 1,
      derived: 'no limit',
      description: 'Maximum number of notes that begin within any second.',
    },
    lengthSeconds: LENGTH_SECONDS,
  },
  sampling: ({ lengthSeconds }) => ({
    maxNewTokens:
      lengthSeconds === undefined
        ? DEFAULT_EVENTS
        : Math.max(DEFAULT_EVENTS, Math.ceil(lengthSeconds * EVENTS_PER_SECOND)),
  }),
  grammar: ({ key, maxNoteSeconds, lengthPrior: given, ...rules }, { maxNewTokens, domain }) => {
    const { medianNoteSeconds, longNoteSeconds, longestNoteSeconds } = domain.noteLengths;
    const strength = given ?? (medianNoteSeconds === undefined ? 0 : DEFAULT_PRIOR);
    const grammar = performanceGrammar({
      ...rules,
      maxNoteSeconds: maxNoteSeconds ?? longNoteSeconds ?? longestNoteSeconds,
      lengthPrior: lengthPrior(domain.noteLengths, strength),
      scale: key === 'any' ? undefined : keyScale(key),
      maxEvents: maxNewTokens,
    });
    return grammarWithMarkers(grammar, domain.markers);
  },
};

/** App to use a trained model of performances: reads prompts and shows outputs. The training app extends it. */
export const musicInference: InferenceApp<
  MidiPiece,
  MusicPrompt,
  readonly StepNote[],
  MusicOptions
> = {
  name: 'music',
  description: 'Learns from piano performances in MIDI files and plays new ones.',
  factory: musicFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readPiece('prompt', content, options), file: content },
  readOutput: (content, options) => onGrid(applyPedal(readPiece('output', content, options))),
  showOutput: (output, extension, prompt) =>
    showMusic(formsOfPerformance(output, prompt), extension),
  prompting: PROMPTING,
  features: outputRulesFeature.with(OUTPUT_RULES),
};
