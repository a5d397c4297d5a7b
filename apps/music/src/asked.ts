import type { Artifact, AskedApp } from '@ramble/core';
import {
  type ContentOptions,
  type OutputRules,
  outputRulesFeature,
  type Prompting,
} from '@ramble/core/app';
import {
  type BandDomain,
  bandFactory,
  bandGrammar,
  type BandOptions,
  type BandPrompt,
  type Chorale,
  type ChoraleDomain,
  choraleFactory,
  choraleGrammar,
  type ChoralePrompt,
  choraleScore,
  choraleSheet,
  drawScore,
  fillRegion,
  grammarWithMarkers,
  parseChorales,
  parseScore,
  parseTracks,
  type Score,
  scoreChorale,
  writeMusicXml,
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

interface ChoraleOutput {
  readonly voiceRanges: boolean;
  readonly crossing: boolean;
}

/** Number of tokens of the longest chorale of the JSB Chorales, 640 sixteenths in four voices. */
const CHORALE_TOKENS = 4 * 640;

/** Output rules of chorales. */
const CHORALE_RULES: OutputRules<ChoraleOutput, ChoraleDomain> = {
  settings: {
    voiceRanges: {
      kind: 'boolean',
      default: true,
      description: "Keep each voice to its range in Bach's chorales.",
    },
    crossing: {
      kind: 'boolean',
      default: true,
      description: 'Allow a voice to be higher than a voice above it.',
    },
  },
  sampling: () => ({ maxNewTokens: CHORALE_TOKENS }),
  grammar: ({ voiceRanges, crossing }) =>
    choraleGrammar({ hasVoiceRanges: voiceRanges, isUncrossed: !crossing }),
};

/** Prompt options: a melody to harmonize. */
const CHORALE_PROMPTING: Prompting<ChoralePrompt, { readonly given?: string }> = {
  settings: {
    given: {
      ...MIDI_FILE,
      basic: true,
      description:
        'A soprano to harmonize, a MIDI file or JSON: its first part or voice is kept, and three voices are written.',
    },
  },
  files: ['given'],
  apply: (prompt, { given }) => {
    if (given === undefined) return prompt;
    checkPiece(prompt.chorale, given, 'a MIDI or JSON file');
    return { given: prompt.chorale };
  },
};

/** App to use a trained model of chorales: reads prompts and shows outputs. The training app extends it. */
export const askedChorales: AskedApp<Chorale, ChoralePrompt, Chorale, object> = {
  name: 'chorales',
  description: 'Chorales in four parts, on a grid of sixteenths.',
  factory: choraleFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { chorale: readChorale('prompt', content, options) },
  readOutput: (content, options) => readChorale('output', content, options),
  showOutput: (chorale, extension) =>
    extension === '.musicxml'
      ? { kind: 'text', text: writeMusicXml(choraleSheet(chorale)) }
      : showScore(choraleScore(chorale), extension),
  prompting: CHORALE_PROMPTING,
  features: outputRulesFeature.with(CHORALE_RULES),
};

/** Reads a single chorale: a MIDI file, or JSON with a list of steps. */
function readChorale(name: string, content: Uint8Array, options?: ContentOptions): Chorale {
  const text = new TextDecoder().decode(content);
  if (text.startsWith('MThd')) return scoreChorale(readScore(name, content, options));
  const [chorale] = parseChorales(name, `[${text}]`);
  return chorale;
}
