import type { Domain, Grammar, Random } from '@ramble/core';
import { fixedFactory } from '@ramble/core/domain';

import { PITCHES, pitchName } from '../events/events.js';
import { type Chorale, type ChoraleStep, SILENT, VOICES } from './chorales.js';

/** The id of a rest, after the ids of the pitches. */
const SILENCE = PITCHES;
/** The id before the first step and after the last. */
export const CHORALE_END = SILENCE + 1;
const CHORALE_IDS = CHORALE_END + 1;

/**
 * Encodes a chorale: step by step soprano, alto, tenor and bass, each a pitch or silence.
 *
 * @see Huang et al. 2018, section 4.1, https://arxiv.org/abs/1809.04281
 */
export function encodeChorale(chorale: Chorale): Int32Array {
  return Int32Array.from(chorale.flat(), (pitch) => (pitch === SILENT ? SILENCE : pitch));
}

/** Decodes ids into a chorale. An incomplete last step and invalid ids are left out. */
export function decodeChorale(ids: Iterable<number>): Chorale {
  const pitches = Array.from(ids)
    .filter((id) => Number.isInteger(id) && id >= 0 && id <= SILENCE)
    .map((id) => (id === SILENCE ? SILENT : id));
  return Array.from({ length: Math.floor(pitches.length / VOICES.length) }, (_, i) => {
    const [soprano, alto, tenor, bass] = pitches.slice(VOICES.length * i);
    return [soprano, alto, tenor, bass] as const;
  });
}

/** A prompt: steps that the output continues, or a soprano that it harmonizes. */
export interface ChoralePrompt {
  readonly chorale?: Chorale;
  /** A chorale whose soprano the output keeps, from its first step to its last. The other voices are ignored. */
  readonly given?: Chorale;
}

/** Lowest and highest pitch of soprano, alto, tenor and bass in the training data of JSB Chorales. */
const VOICE_RANGES = [
  [60, 81],
  [52, 74],
  [46, 69],
  [36, 66],
] as const;
/** Maximum transposition of a training example, in semitones. */
const MAX_SEMITONES = 3;

/** Returns a step with its sounding pitches moved by semitones. */
function transposeStep(step: ChoraleStep, semitones: number): ChoraleStep {
  const [soprano, alto, tenor, bass] = step.map((pitch) =>
    pitch === SILENT ? SILENT : pitch + semitones,
  );
  return [soprano, alto, tenor, bass];
}

/** Whether the sounding pitches of a chorale are in the ranges of their voices. */
function isSingable(chorale: Chorale): boolean {
  return chorale.every((step) =>
    step.every((pitch, voice) => {
      const [low, high] = VOICE_RANGES[voice];
      return pitch === SILENT || (pitch >= low && pitch <= high);
    }),
  );
}

/**
 * Transposes a chorale by up to three semitones, chosen uniformly among the transpositions that keep all voices in
 * their ranges. Returns the chorale unchanged if no transposition does.
 */
function transposeAtRandom(chorale: Chorale, random: Random): Chorale {
  const moved = Array.from({ length: 2 * MAX_SEMITONES + 1 }, (_, i) =>
    chorale.map((step) => transposeStep(step, i - MAX_SEMITONES)),
  ).filter(isSingable);
  return moved.length === 0 ? chorale : moved[random.integer(0, moved.length)];
}

/** Limits of an output in addition to the order of its tokens. */
export interface ChoraleRules {
  /** Whether each voice is limited to its range in Bach's chorales. */
  readonly hasVoiceRanges?: boolean;
  /** Whether a voice may not be higher than a voice above it. */
  readonly isUncrossed?: boolean;
}

interface ChoraleState {
  /** Number of ids so far. */
  readonly length: number;
  /** The lowest pitch so far of the current step. */
  readonly ceiling: number;
  /** Ids of the soprano that the output keeps, one per step; absent if no soprano is given. */
  readonly soprano?: Int32Array;
}

/**
 * Makes a grammar of chorales: complete steps, at least one, then the end. A given soprano is kept, and the chorale
 * ends with it. A voice may always be silent.
 */
export function choraleGrammar(rules: ChoraleRules = {}): Grammar<ChoraleState> {
  const advance = (state: ChoraleState, id: number): ChoraleState => {
    const length = state.length + 1;
    if (length % VOICES.length === 0) return { ...state, length, ceiling: PITCHES };
    return { ...state, length, ceiling: Math.min(state.ceiling, id) };
  };
  return {
    start: ({ tokens, grammarInput }) => {
      const soprano = grammarInput instanceof Int32Array ? grammarInput : undefined;
      const beginning: ChoraleState = { length: 0, ceiling: PITCHES, soprano };
      return Array.from(tokens).slice(1).reduce(advance, beginning);
    },
    advance,
    allowed: (state) => allowedIds(state, rules),
    mustEnd: ({ length, soprano }) => length === VOICES.length * (soprano?.length ?? Infinity),
  };
}

/** Returns the ids that may come next: the end only after complete steps, at least one. */
function allowedIds({ length, ceiling, soprano }: ChoraleState, rules: ChoraleRules): number[] {
  const [step, voice] = [Math.floor(length / VOICES.length), length % VOICES.length];
  if (soprano && voice === 0) return [step < soprano.length ? soprano[step] : CHORALE_END];
  const [low, high] = rules.hasVoiceRanges ? VOICE_RANGES[voice] : [0, PITCHES - 1];
  const top = rules.isUncrossed ? Math.min(high, ceiling) : high;
  const ids = Array.from({ length: Math.max(0, top - low + 1) }, (_, i) => low + i);
  return [...ids, SILENCE, ...(voice === 0 && step > 0 ? [CHORALE_END] : [])];
}

/** The domain of four-part chorales: examples and outputs are chorales. */
export type ChoraleDomain = Domain<Chorale, ChoralePrompt, Chorale>;

/** Four-part chorales on a grid of sixteenths, with one token per voice and step. */
export const choraleDomain: ChoraleDomain = {
  name: 'chorales',
  vocabulary: { size: CHORALE_IDS, describe },
  stopTokens: [CHORALE_END],
  encodeExample: (chorale) => {
    if (chorale.length === 0) throw new RangeError('chorale: expected at least one step, got none');
    const ids = encodeChorale(chorale);
    const tokens = new Int32Array(ids.length + 2).fill(CHORALE_END);
    tokens.set(ids, 1);
    return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
  },
  encodePrompt: ({ chorale = [], given }) => {
    if (!given) return { tokens: Int32Array.of(CHORALE_END, ...encodeChorale(chorale)) };
    const grammarInput = encodeChorale(given).filter((_, i) => i % VOICES.length === 0);
    return { tokens: Int32Array.of(CHORALE_END), grammarInput };
  },
  decodeOutput: decodeChorale,
  encodeOutput: encodeChorale,
  augment: transposeAtRandom,
  grammar: choraleGrammar(),
};

/** Factory of the domain of chorales, which has no options. */
export const choraleFactory = fixedFactory(choraleDomain, 'chorales.json');

function describe(id: number): string {
  if (id < CHORALE_END - 1) return pitchName(id);
  return id === CHORALE_END ? 'end of chorale' : 'silence';
}
