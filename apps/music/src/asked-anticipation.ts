import type { AskedApp } from '@ramble/core';
import { type OutputRules, outputRulesFeature } from '@ramble/core/app';
import {
  type AnticipationDomain,
  anticipationFactory,
  anticipationGrammar,
  type AnticipationPrompt,
  type InstrumentNote,
  type InstrumentPiece,
  instrumentScore,
  parseTracks,
} from '@ramble/music';

import {
  checkPiece,
  formsOfScore,
  GIVEN,
  PRIMER,
  readInstruments,
  showMusic,
  TRACKS,
} from './music-files.js';

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
  showOutput: (notes, extension) => showMusic(formsOfScore(instrumentScore(notes)), extension),
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
