import type { Grammar } from '@ramble/core';

import {
  DRUM_PITCH_RANGE,
  END,
  PITCH_RANGE,
  type RemiKind,
  type RemiVocabulary,
  TIME_SIGNATURES,
} from '../remi/remi-vocabulary.js';
import { INSTRUMENTS } from '../score/instruments.js';
import { DRUMS } from '../score/score.js';
import { advanceBand, type BandState, BEGINNING, mayFollow, restateBand } from './band-state.js';
import {
  followedAfter,
  followGiven,
  type GivenInput,
  type GivenMusic,
  givenMusic,
  givenRegion,
} from './given-music.js';

/** Limits of an output in addition to the grammar; an absent field means no limit. */
export interface BandRules {
  /** MIDI programs, or `DRUMS`, whose notes the model may generate. */
  readonly programs?: readonly number[];
  /** Maximum number of programs that play, including programs of the prompt; given music may have more. */
  readonly maxTracks?: number;
  /** Whether instruments are limited to their ranges in General MIDI. */
  readonly hasInstrumentRanges?: boolean;
  /** Number of bars of the output, without its primer. */
  readonly bars?: number;
  /** Maximum number of tokens of the output, which ends with a complete note. */
  readonly maxTokens?: number;
}

/**
 * State of the grammar, with the counters that the limits of `BandRules` need and the music that the output keeps.
 */
export interface RuledState extends BandState {
  /** Number of bars of the prompt. */
  readonly startBar: number;
  /** Number of tokens of the output so far. */
  readonly written: number;
  /** Music of the prompt that the output keeps. */
  readonly given?: GivenMusic;
  /** Number of the given tokens at the current position that the output has already repeated. */
  readonly followed: number;
}

/**
 * Makes a grammar of the sequences that the encoder can produce. Each bar begins with its time signature; positions
 * ascend and stay within the bar. A piece begins with a tempo, if the vocabulary has tempos. A note is a program, a
 * pitch, a velocity and a duration. At each position, the notes of a program are consecutive and ascending, and
 * programs keep their order. The piece ends only after an event in its last bar.
 *
 * @throws RangeError if the rules leave no program.
 */
export function bandGrammar(
  vocabulary: RemiVocabulary,
  rules: BandRules = {},
): Grammar<RuledState> {
  const { programs: known } = vocabulary.settings;
  const programs = rules.programs ? known.filter((p) => rules.programs?.includes(p)) : known;
  if (programs.length === 0) {
    throw new RangeError(
      'tracks: expected at least one that the model has learned, got others alone',
    );
  }
  const checked = { ...rules, programs };
  const allowed = (state: RuledState): number[] =>
    state.given
      ? followGiven(state.given, state, [...grammarTokens(state, vocabulary, checked)], vocabulary)
      : allowedTokens(state, vocabulary, checked);
  return {
    start: ({ tokens, grammarInput }) => {
      let state: BandState = BEGINNING;
      for (const id of Array.from(tokens)) state = advanceBand(state, id, vocabulary);
      const ruled = { ...state, startBar: state.bars, written: 0, followed: 0 };
      const input = grammarInput as GivenInput | undefined; // as the domain made it
      if (!input) return ruled;
      const { region } = input;
      if (region) {
        if (rules.bars !== undefined) {
          throw new RangeError('bars: expected no region to fill with it, got one');
        }
        const areAll = programs.length === known.length;
        const given = givenRegion({ ...input, region }, vocabulary, programs, areAll);
        return { ...ruled, given, order: given.order };
      }
      const given = givenMusic(input.ids, vocabulary, programs, rules.bars);
      if (given.notes === 0) {
        throw new RangeError(
          'tracks: expected some tracks of given to be kept, got all to be written',
        );
      }
      return { ...ruled, given, order: given.order };
    },
    advance: (state, id) => {
      const after = advanceBand(state, id, vocabulary);
      const { startBar, given } = state;
      const followed = given ? followedAfter(given, state, after, id) : 0;
      return { ...after, startBar, written: state.written + 1, given, followed };
    },
    allowed,
    mustEnd: (state) => allowed(state).every((id) => id === END),
    restate: (forgotten) => restateBand(forgotten, vocabulary),
  };
}

type CheckedRules = BandRules & { readonly programs: readonly number[] };

function allowedTokens(
  state: RuledState,
  vocabulary: RemiVocabulary,
  rules: CheckedRules,
): number[] {
  const ids = [...grammarTokens(state, vocabulary, rules)].filter((id) =>
    isAffordable(state, vocabulary.tokens[id].kind, rules),
  );
  if (mayEnd(state, rules) || ids.length === 0) ids.push(END);
  return ids;
}

function* grammarTokens(
  state: RuledState,
  vocabulary: RemiVocabulary,
  rules: CheckedRules,
): Generator<number> {
  const { first, velocities, durations, tempos } = vocabulary;
  switch (state.last) {
    case 'bar':
      yield* span(first.timeSignature, TIME_SIGNATURES.length);
      break;
    case 'position':
      if (tempos.length > 0) yield* span(first.tempo, tempos.length);
      if (tempos.length === 0 || state.tempo >= 0) yield* programTokens(state, vocabulary, rules);
      break;
    case 'program': {
      const program = state.playing[state.playing.length - 1];
      const [low, high] = pitchesOf(program, rules);
      const from = Math.max(low, state.pitch + 1);
      yield* span(
        program === DRUMS
          ? first.drumPitch + from - DRUM_PITCH_RANGE[0]
          : first.pitch + from - PITCH_RANGE[0],
        high - from + 1,
      );
      break;
    }
    case 'pitch':
    case 'drumPitch':
      yield* span(first.velocity, velocities.length);
      break;
    case 'velocity':
      yield* span(first.duration, durations.length);
      break;
    case 'special':
      yield first.bar;
      break;
    default: {
      // The first bar begins with a tempo.
      const isBeginning = tempos.length > 0 && state.tempo < 0 && state.bars === 1;
      if (state.last === 'tempo' || state.last === 'duration') {
        yield* programTokens(state, vocabulary, rules);
      }
      const next = state.position + 1;
      yield* span(first.position + next, isBeginning ? 1 : state.barPositions - next);
      if (!isBeginning && barsLeft(state, rules) > 0) yield first.bar;
    }
  }
}

/**
 * Yields the programs that may play next at a position: the current one, with higher pitches, or a later one.
 */
function* programTokens(
  { playing, pitch, order, given, programs: used }: RuledState,
  { first, settings }: RemiVocabulary,
  rules: CheckedRules,
): Generator<number> {
  const now = playing.at(-1);
  const isFull = !given && used.size >= (rules.maxTracks ?? Infinity);
  for (const program of given?.written ?? rules.programs) {
    if (isFull && !used.has(program)) continue;
    const mayPlay =
      program === now
        ? pitch < pitchesOf(program, rules)[1]
        : !playing.includes(program) && (now === undefined || mayFollow(order, now, program));
    if (mayPlay) yield first.program + settings.programs.indexOf(program);
  }
}

/** Returns the lowest and highest pitch of a program. */
function pitchesOf(program: number, rules: BandRules): readonly [low: number, high: number] {
  if (program === DRUMS) return DRUM_PITCH_RANGE;
  if (!rules.hasInstrumentRanges) return PITCH_RANGE;
  const [low, high] = INSTRUMENTS[program].range;
  return [Math.max(low, PITCH_RANGE[0]), Math.min(high, PITCH_RANGE[1])];
}

function barsLeft({ startBar, bars }: RuledState, rules: BandRules): number {
  return rules.bars === undefined ? Infinity : startBar + rules.bars - bars;
}

/**
 * Whether the piece may end: it has at least one note, it has as many bars as the rules demand, and its last token
 * completes a note, a tempo or a new time signature.
 */
function mayEnd(state: RuledState, rules: BandRules): boolean {
  const { last, notes, hasNewSignature } = state;
  const hasHappened =
    last === 'duration' || last === 'tempo' || (last === 'timeSignature' && hasNewSignature);
  return hasHappened && notes > 0 && (rules.bars === undefined || barsLeft(state, rules) <= 0);
}

/** Number of tokens of a note in a new bar: position, tempo, program, pitch, velocity and duration. */
const TOKENS_OF_NOTE = 6;

/** Number of tokens that complete a note after a token of each kind. */
const TO_COMPLETE: Partial<Record<RemiKind, number>> = {
  position: 5,
  tempo: 4,
  program: 3,
  pitch: 2,
  drumPitch: 2,
  velocity: 1,
};

/** Whether enough tokens are left, after a token of this kind, to end the piece. */
function isAffordable(state: RuledState, kind: RemiKind, rules: BandRules): boolean {
  if (rules.maxTokens === undefined) return true;
  const left = rules.maxTokens - state.written - 1;
  const begins = kind === 'bar' || kind === 'timeSignature';
  const bars = rules.bars === undefined ? 0 : barsLeft(state, rules) - Number(kind === 'bar');
  const ofBars = bars > 0 ? 2 * bars : 0; // each with its time signature
  const ofLast = bars > 0 || begins ? TOKENS_OF_NOTE : 0;
  return (TO_COMPLETE[kind] ?? 0) + Number(kind === 'bar') + ofBars + ofLast <= left;
}

function* span(from: number, count: number): Generator<number> {
  for (let id = from; id < from + count; id++) yield id;
}
