import type { Artifact, AskedApp } from '@ramble/core';
import { type OutputRules, outputRulesFeature, type Prompting } from '@ramble/core/app';
import {
  type AnticipationDomain,
  anticipationFactory,
  anticipationGrammar,
  type AnticipationPrompt,
  type BandDomain,
  bandFactory,
  bandGrammar,
  type BandOptions,
  type BandPrompt,
  type Chorale,
  choraleFactory,
  choraleNotes,
  choraleSheet,
  drawScore,
  type InstrumentNote,
  type InstrumentPiece,
  instrumentScore,
  parseChorales,
  parseTracks,
  type Score,
  writeScore,
} from '@ramble/music';

import {
  checkPiece,
  MIDI_FILE,
  PRIMER,
  readInstruments,
  readScore,
  showNotes,
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

/** The setting of the instruments of an output. */
const TRACKS = {
  kind: 'string',
  basic: true,
  default: 'all',
  description:
    'Instruments that play: all, or a list of drums, families such as bass, and MIDI programs such as 0-7.',
} as const;

/** The setting of a piece to which tracks are added. */
const GIVEN = {
  ...MIDI_FILE,
  basic: true,
  description:
    'A MIDI file to write tracks to: the tracks of --tracks are replaced, its other tracks are kept.',
} as const;

/** Output rules of multi-track pieces. */
const BAND_RULES: OutputRules<BandOutput, BandDomain> = {
  settings: {
    tracks: TRACKS,
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

/** Shows a score as a MIDI file, or as a piano roll for the extension `.svg`. */
function showScore(score: Score, extension?: string): Artifact {
  return extension === '.svg'
    ? { kind: 'text', text: drawScore(score) }
    : { kind: 'file', extension: '.mid', bytes: writeScore(score) };
}

interface BandPrompting {
  readonly primer?: string;
  readonly given?: string;
  readonly primerBars?: number;
}

/** Prompt options: a MIDI file to continue, or a MIDI file to which tracks are added. */
const BAND_PROMPTING: Prompting<BandPrompt, BandPrompting> = {
  settings: {
    primer: PRIMER,
    given: GIVEN,
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
  showOutput: showScore,
  prompting: BAND_PROMPTING,
  features: outputRulesFeature.with(BAND_RULES),
};

interface AnticipationOutput {
  readonly tracks: string;
  readonly lengthSeconds?: number;
}

/** Output rules of pieces in the tokens of the Anticipatory Music Transformer. */
const ANTICIPATION_RULES: OutputRules<AnticipationOutput, AnticipationDomain> = {
  settings: {
    tracks: TRACKS,
    lengthSeconds: {
      ...{ kind: 'number', basic: true, min: 0, max: 100 },
      derived: 'until the given notes or the model end, or the context is full',
      description: 'Length of the output, without its primer.',
    },
  },
  sampling: () => ({ maxNewTokens: MAX_TRIPLE_TOKENS }),
  grammar: ({ tracks, lengthSeconds }) =>
    anticipationGrammar({ programs: parseTracks('tracks', tracks), lengthSeconds }),
};

/** Number of tokens of the published models' context without the first: 341 triples. */
const MAX_TRIPLE_TOKENS = 1023;

interface AnticipationPrompting {
  readonly primer?: string;
  readonly given?: string;
  readonly primerSeconds?: number;
}

/** App to use a model of the Anticipatory Music Transformer's tokens. The training app extends it. */
export const askedAnticipation: AskedApp<
  InstrumentPiece,
  AnticipationPrompt,
  readonly InstrumentNote[],
  object
> = {
  name: 'anticipation',
  description: 'Music of any instruments, in the tokens of the Anticipatory Music Transformer.',
  factory: anticipationFactory,
  packing: 'examples',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readInstruments('prompt', content, options) },
  readOutput: (content, options) => readInstruments('output', content, options).notes,
  showOutput: (notes, extension) => showScore(instrumentScore(notes), extension),
  prompting: {
    settings: {
      primer: PRIMER,
      given: GIVEN,
      primerSeconds: {
        ...{ kind: 'number', basic: true, min: 0, derived: 'all of it' },
        description: 'Number of seconds of the primer to use.',
      },
    },
    files: ['primer', 'given'],
    apply: ({ piece }, { primer, given, primerSeconds }: AnticipationPrompting) => {
      checkPiece(piece, primer ?? given);
      if (primerSeconds !== undefined && (piece === undefined || given !== undefined)) {
        throw new RangeError('primerSeconds: the primer is missing; name its file with --primer');
      }
      return given === undefined ? { piece, seconds: primerSeconds } : { given: piece };
    },
  },
  sampling: { topP: 0.98 }, // as the reference's examples
  features: outputRulesFeature.with(ANTICIPATION_RULES),
};

/** App to use a trained model of chorales: reads prompts and shows outputs. The training app extends it. */
export const askedChorales: AskedApp<Chorale, Chorale, Chorale, object> = {
  name: 'chorales',
  description: 'Chorales in four parts, on a grid of sixteenths.',
  factory: choraleFactory,
  packing: 'pieces',
  readPrompt: (content) => (content.length === 0 ? [] : readOne('prompt', content)),
  readOutput: (content) => readOne('output', content),
  showOutput: (chorale, extension) =>
    showNotes(choraleNotes(chorale), () => choraleSheet(chorale), extension),
};

/** A single chorale, a list of steps. */
function readOne(name: string, content: Uint8Array): Chorale {
  const [chorale] = parseChorales(name, `[${new TextDecoder().decode(content)}]`);
  return chorale;
}
