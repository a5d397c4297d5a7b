import type { Artifact, AskedApp } from '@ramble/core';
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
  drawScore,
  fillRegion,
  grammarWithMarkers,
  parseChorales,
  parseScore,
  parseTracks,
  type Score,
  writeScore,
} from '@ramble/music';

import {
  askedRegion,
  checkPiece,
  FILL,
  type FillOptions,
  MIDI_FILE,
  PRIMER,
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
    grammarWithMarkers(
      bandGrammar(domain.tokens, {
        programs: parseTracks('tracks', tracks),
        hasInstrumentRanges: instrumentRanges,
        bars,
        maxTokens: maxNewTokens,
      }),
      domain.markers,
    ),
};

/** Shows a score as a MIDI file, or as a piano roll for the extension `.svg`. */
function showScore(score: Score, extension?: string, prompt?: BandPrompt): Artifact {
  const bytes = bandMidi(score, prompt);
  if (extension !== '.svg') return { kind: 'file', extension: '.mid', bytes };
  return { kind: 'text', text: drawScore(prompt?.fill ? parseScore('output', bytes) : score) };
}

/** Writes a score as a MIDI file; if it fills in a region of a file, writes that file with the region's notes. */
export function bandMidi(score: Score, { fill, given }: BandPrompt = {}): Uint8Array {
  if (!fill || !given) return writeScore(score);
  const ticks = given.ticksPerQuarter / score.ticksPerQuarter;
  const parts = score.parts.map(({ program, notes }) => ({
    program,
    notes: notes.map((note) => ({
      ...note,
      tick: Math.round(note.tick * ticks),
      durationTicks: Math.round(note.durationTicks * ticks),
    })),
  }));
  return fillRegion(fill, parts);
}

interface BandPrompting extends FillOptions {
  readonly primer?: string;
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
export const askedBand: AskedApp<Score, BandPrompt, Score, BandOptions> = {
  name: 'band',
  description: 'Music of several instruments: learns from MIDI files and plays new ones.',
  factory: bandFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readScore('prompt', content, options), file: content },
  readOutput: (content, options) => readScore('output', content, options),
  showOutput: showScore,
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
  showOutput: (chorale, extension) =>
    showNotes(choraleNotes(chorale), () => choraleSheet(chorale), extension),
};

/** A single chorale, a list of steps. */
function readOne(name: string, content: Uint8Array): Chorale {
  const [chorale] = parseChorales(name, `[${new TextDecoder().decode(content)}]`);
  return chorale;
}
