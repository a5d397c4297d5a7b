import type { InferenceApp } from '@ramble/core';
import { type OutputRules, outputRulesFeature } from '@ramble/core/app';
import {
  type AnticipationDomain,
  anticipationFactory,
  anticipationGrammar,
  type AnticipationPrompt,
  type AriaDomain,
  ariaFactory,
  ariaGrammar,
  type AriaNote,
  type AriaPiece,
  type AriaPrompt,
  ariaScore,
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
  readAria,
  readInstruments,
  showMusic,
  TRACKS,
} from './music-files.js';
import { LENGTH_SECONDS } from './output-rules.js';

/** Setting for how much of the primer (the piece to continue) is used. */
const PRIMER_SECONDS = {
  ...{ kind: 'number', basic: true, min: 0, derived: 'all of it' },
  description: 'Number of seconds of the primer to use.',
} as const;

/** @throws RangeError if `primerSeconds` is given without a primer. */
function checkPrimer(primer: unknown, seconds: number | undefined): void {
  if (seconds === undefined || primer !== undefined) return;
  throw new RangeError('primerSeconds: the primer is missing; name its file with --primer');
}

interface AnticipationOutput {
  readonly tracks: string;
  readonly lengthSeconds?: number;
}

/** Flags of `sample` for models of the Anticipatory Music Transformer, and the grammar that they configure. */
const ANTICIPATION_RULES: OutputRules<AnticipationOutput, AnticipationDomain> = {
  settings: {
    tracks: TRACKS,
    lengthSeconds: {
      ...LENGTH_SECONDS,
      min: 0,
      derived: 'until the given notes or the model end, or for 341 notes and rests',
    },
  },
  sampling: ({ tracks, lengthSeconds }) => {
    // Only notes of chosen tracks accompany given notes, whose number is not known here.
    const seconds = lengthSeconds ?? (tracks === TRACKS.default ? 0 : LENGTH_SECONDS.max);
    return { maxNewTokens: Math.max(MAX_TRIPLE_TOKENS, Math.ceil(TOKENS_PER_SECOND * seconds)) };
  },
  grammar: ({ tracks, lengthSeconds }) =>
    anticipationGrammar({ programs: parseTracks('tracks', tracks), lengthSeconds }),
};

/** Number of tokens of the published models' context without the first: 341 triples. */
const MAX_TRIPLE_TOKENS = 1023;
/**
 * Upper bound of a piece's tokens per second. It is so high that the grammar, and not the limit on tokens, ends an
 * output of given length.
 */
const TOKENS_PER_SECOND = 300;

interface AnticipationPrompting {
  readonly primer?: string;
  readonly given?: string;
  readonly primerSeconds?: number;
}

/** App to use a model with the Anticipatory Music Transformer's vocabulary. The training app extends it. */
export const anticipationInference: InferenceApp<
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
      primerSeconds: PRIMER_SECONDS,
    },
    files: ['primer', 'given'],
    apply: ({ piece }, { primer, given, primerSeconds }: AnticipationPrompting) => {
      checkPiece(piece, primer ?? given);
      checkPrimer(given === undefined ? piece : undefined, primerSeconds);
      return given === undefined ? { piece, seconds: primerSeconds } : { given: piece };
    },
  },
  sampling: { topP: 0.98 }, // as the reference's examples
  features: outputRulesFeature.with(ANTICIPATION_RULES),
};

/** Default maximum number of tokens of an output, as in the README of Aria. */
const DEFAULT_TOKENS = 2048;

/** Flags of `sample` for models of Aria, and the grammar that they configure. */
const ARIA_RULES: OutputRules<{ readonly lengthSeconds?: number }, AriaDomain> = {
  settings: {
    lengthSeconds: LENGTH_SECONDS,
  },
  sampling: ({ lengthSeconds = 0 }) => ({
    maxNewTokens: Math.max(DEFAULT_TOKENS, Math.ceil(TOKENS_PER_SECOND * lengthSeconds)),
  }),
  grammar: (rules) => ariaGrammar(rules),
};

interface AriaPrompting {
  readonly primer?: string;
  readonly primerSeconds?: number;
}

/** App to use a model with Aria's vocabulary. The training app extends it. */
export const ariaInference: InferenceApp<AriaPiece, AriaPrompt, readonly AriaNote[], object> = {
  name: 'aria',
  description: 'Piano performances in the tokens of Aria, whose models it imports.',
  factory: ariaFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { piece: readAria('prompt', content, options) },
  readOutput: (content, options) => readAria('output', content, options).notes,
  showOutput: (notes, extension) => showMusic(formsOfScore(ariaScore(notes)), extension),
  prompting: {
    settings: { primer: PRIMER, primerSeconds: PRIMER_SECONDS },
    files: ['primer'],
    apply: ({ piece }, { primer, primerSeconds: seconds }: AriaPrompting) => {
      checkPiece(piece, primer);
      checkPrimer(piece, seconds);
      return { piece, seconds };
    },
  },
  sampling: { temperature: 0.98, minP: 0.035 }, // as in the reference's README
  features: outputRulesFeature.with(ARIA_RULES),
};
