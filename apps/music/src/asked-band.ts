import type { Artifact, AskedApp } from '@ramble/core';
import { outputRulesFeature, type Prompting } from '@ramble/core/app';
import {
  bandFactory,
  type BandOptions,
  type BandPrompt,
  type Chorale,
  choraleFactory,
  choraleNotes,
  choraleSheet,
  drawScore,
  parseChorales,
  type Score,
  writeScore,
} from '@ramble/music';

import { BAND_RULES } from './band-rules.js';
import { readScore } from './read-score.js';
import { showNotes } from './show-notes.js';

/** A score as a MIDI file, or as a piano roll where its ending is asked for. */
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

/** Prompt options: a MIDI file to continue, or to write other tracks to. */
const BAND_PROMPTING: Prompting<BandPrompt, BandPrompting> = {
  settings: {
    primer: {
      kind: 'string',
      basic: true,
      derived: 'none',
      description: 'A MIDI file to continue.',
    },
    given: {
      kind: 'string',
      basic: true,
      derived: 'none',
      description:
        'A MIDI file to write tracks to: those of --tracks are written anew, its others are kept.',
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
    if (piece === undefined && (primer ?? given) !== undefined) {
      throw new RangeError('prompt: expected a MIDI file, got an empty one');
    }
    if (primerBars !== undefined && (piece === undefined || given !== undefined)) {
      throw new RangeError('primerBars: expected a primer with it, got none');
    }
    return given === undefined ? { piece, bars: primerBars } : { given: piece };
  },
};

/** Pieces to go on from, and what a model plays on several instruments. */
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

/** Prompts and outputs of a trained chorale model; training is added by the app. */
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
