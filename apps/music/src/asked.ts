import type { AskedApp } from '@ramble/core';
import { type OutputRules, outputRulesFeature, type Prompting } from '@ramble/core/app';
import {
  type BandDomain,
  bandFactory,
  bandGrammar,
  type BandOptions,
  type BandPrompt,
  type Chorale,
  choraleFactory,
  choraleNotes,
  choraleSheet,
  parseChorales,
  parseTracks,
  type Score,
} from '@ramble/music';

import {
  checkPiece,
  formsOf,
  formsOfScore,
  MIDI_FILE,
  type MusicForms,
  PRIMER,
  readScore,
  showMusic,
} from './music-files.js';

export { askedMusic } from './output-rules.js';

interface BandOutput {
  readonly tracks: string;
  readonly bars?: number;
  readonly instrumentRanges: boolean;
}

/** Default number of tokens of an output. */
const DEFAULT_TOKENS = 2048;
/** Maximum number of tokens of each bar of an output: a full bar of a large band. */
const TOKENS_PER_BAR = 512;

/** Output rules of multi-track pieces. */
const BAND_RULES: OutputRules<BandOutput, BandDomain> = {
  settings: {
    tracks: {
      kind: 'string',
      basic: true,
      default: 'all',
      description:
        'Instruments that play: all, or a list of drums, families such as bass, and MIDI programs such as 0-7.',
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
  grammar: ({ tracks, bars, instrumentRanges }, { maxNewTokens, domain }) =>
    bandGrammar(domain.tokens, {
      programs: parseTracks('tracks', tracks),
      hasInstrumentRanges: instrumentRanges,
      bars,
      maxTokens: maxNewTokens,
    }),
};

interface BandPrompting {
  readonly primer?: string;
  readonly given?: string;
  readonly primerBars?: number;
}

/** Prompt options: a MIDI file to continue, or a MIDI file to which tracks are added. */
const BAND_PROMPTING: Prompting<BandPrompt, BandPrompting> = {
  settings: {
    primer: PRIMER,
    given: {
      ...MIDI_FILE,
      basic: true,
      description:
        'A MIDI file to write tracks to: the tracks of --tracks are replaced, its other tracks are kept.',
    },
    primerBars: {
      kind: 'integer',
      min: 1,
      derived: 'all of it',
      description: 'Number of bars of the primer to use.',
    },
  },
  files: ['primer', 'given'],
  apply: ({ piece }, { primer, given, primerBars }) => {
    checkPiece(piece, primer ?? given);
    if (primerBars !== undefined && (piece === undefined || given !== undefined)) {
      throw new RangeError('primerBars: expected a primer with it, got none');
    }
    return given === undefined ? { piece, bars: primerBars } : { given: piece };
  },
};

/** App to use a trained multi-track model: reads prompts and shows outputs. The training app extends it. */
export const askedBand: AskedApp<Score, BandPrompt, Score, BandOptions> = {
  name: 'band',
  description: 'Music of several instruments: learns from MIDI files and plays new ones.',
  factory: bandFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readScore('prompt', content, options) },
  readOutput: (content, options) => readScore('output', content, options),
  showOutput: (score, extension) => showMusic(formsOfScore(score), extension),
  prompting: BAND_PROMPTING,
  features: outputRulesFeature.with(BAND_RULES),
};

/** App to use a trained model of chorales: reads prompts and shows outputs. The training app extends it. */
export const askedChorales: AskedApp<Chorale, Chorale, Chorale, object> = {
  name: 'chorales',
  description: 'Chorales in four parts, on a grid of sixteenths.',
  factory: choraleFactory,
  packing: 'pieces',
  readPrompt: (content) => (content.length === 0 ? [] : readOne('prompt', content)),
  readOutput: (content) => readOne('output', content),
  showOutput: (chorale, extension) => showMusic(formsOfChorale(chorale), extension),
};

function formsOfChorale(chorale: Chorale): MusicForms {
  return formsOf(choraleNotes(chorale), () => choraleSheet(chorale));
}

/** Reads the forms of a file with one chorale. */
export function choraleForms(name: string, content: Uint8Array): MusicForms {
  return formsOfChorale(readOne(name, content));
}

/** A single chorale, a list of steps. */
function readOne(name: string, content: Uint8Array): Chorale {
  const [chorale] = parseChorales(name, `[${new TextDecoder().decode(content)}]`);
  return chorale;
}
