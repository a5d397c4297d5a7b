import type { Domain, Grammar, Random, TokenExample, TokenPrompt } from '@ramble/core';
import { fixedFactory, putBefore, TokenMask } from '@ramble/core/domain';

import { span } from '../notes/note.js';
import { DRUMS } from '../score/score.js';
import {
  announceEnd,
  BEGIN,
  decodeAria,
  describeAria,
  encodeAria,
  encodeHead,
  END,
  ENDING,
  FIRST_DURATION,
  FIRST_ONSET,
  ID_COUNT,
  isNote,
  isPrefix,
  NEXT_SEGMENT,
  notesOf,
  prefixOf,
  programOf,
  SEGMENT_MS,
  STEP_MS,
} from './aria-tokens.js';
import { ARIA_PROGRAMS, type AriaNote, type AriaPiece } from './parse-aria.js';

/** The prompt of an output: nothing, or a piece to continue. */
export interface AriaPrompt {
  readonly piece?: AriaPiece;
  /** Number of seconds from the beginning of `piece` that the output continues; default: all. */
  readonly seconds?: number;
}

/** The domain of Aria: prompts are pieces, and outputs are notes. */
export type AriaDomain = Domain<AriaPiece, AriaPrompt, readonly AriaNote[]>;

/**
 * Piano performances, and other instruments by family, in the tokens of Aria. A prefix announces the instruments. Each
 * note is an instrument with pitch and velocity, an onset and a duration, on a grid of 10 ms. Onsets count from the
 * beginning of a segment of five seconds.
 *
 * @see Bradshaw et al. 2025, https://arxiv.org/abs/2506.23869
 */
export const ariaDomain: AriaDomain = {
  name: 'aria',
  vocabulary: { size: ID_COUNT, describe: describeAria },
  stopTokens: [END],
  encodeExample: ({ name, notes, programs }) => {
    checkNotes(name, notes);
    const body = announceEnd(encodeAria(notes));
    const tokens = Int32Array.from([...encodeHead(programs), ...body, END]);
    return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
  },
  encodePrompt: ({ piece, seconds }) => {
    if (!piece) return { tokens: encodeHead(ARIA_PROGRAMS.slice(0, 1)) };
    checkNotes('primer', piece.notes);
    const endMs = seconds === undefined ? undefined : 1000 * seconds;
    const used = piece.notes.filter(({ startMs }) => startMs <= (endMs ?? Infinity));
    const grammarInput: AriaInput = { beginMs: endMs };
    return { tokens: [...encodeHead(piece.programs), ...encodeAria(used)], grammarInput };
  },
  decodeOutput: decodeAria,
  encodeOutput: (notes) => [...encodeAria(notes), END],
  augment: vary,
  crop,
  grammar: ariaGrammar(),
};

function checkNotes(name: string, notes: readonly AriaNote[]): void {
  if (notes.length === 0) throw new RangeError(`${name}: the piece has no notes that Aria knows`);
}

/**
 * Returns a crop of at most `max` tokens: the piece's prefix, then tokens from the first complete note at or after
 * `start`.
 */
function crop(example: TokenExample, start: number, max: number): TokenExample {
  const tokens = Array.from(example.tokens);
  const head = headOf(tokens);
  let first = start;
  while (tokens[first] >= FIRST_DURATION) first++;
  if (first <= head.length) return putBefore([], example, max);
  const part = tokens.slice(first);
  return putBefore(head, { tokens: part, lossWeights: part.map(() => 1) }, max);
}

/** Maximum change of pitch in semitones, of the velocity, and of the tempo, as a fraction. */
const VARIATION = { semitones: 5, velocity: 10, tempo: 0.2 };

/** Transposes a piece, and changes its tempo and loudness, as the reference implementation does in training. */
function vary(piece: AriaPiece, random: Random): AriaPiece {
  const { semitones, velocity, tempo } = VARIATION;
  let [lowest, highest] = [127, 0];
  for (const { pitch, program } of piece.notes) {
    if (program === DRUMS) continue;
    lowest = Math.min(lowest, pitch);
    highest = Math.max(highest, pitch);
  }
  const shift = random.integer(0, 2 * semitones + 1) - semitones;
  const up = Math.max(-lowest, Math.min(127 - highest, shift));
  const louder = velocity * (random.integer(1, 3) - 1);
  const stretch = 1 + tempo * (2 * random.uniform(2) - 1);
  const notes = piece.notes.map((note) => ({
    ...note,
    startMs: Math.round(stretch * note.startMs),
    durationMs: Math.round(stretch * note.durationMs),
    pitch: note.program === DRUMS ? note.pitch : note.pitch + up,
    velocity: Math.max(1, Math.min(127, note.velocity + louder)),
  }));
  return { ...piece, notes };
}

/** Factory of `ariaDomain`, which has no options and a fixed vocabulary. */
export const ariaFactory = fixedFactory(ariaDomain, 'aria.json');

/** Limits of an output in addition to the grammar. */
export interface AriaRules {
  /** Length of the output without its primer; by default, the model ends the piece. */
  readonly lengthSeconds?: number;
}

/** Values that a prompt passes to the grammar in addition to its tokens (`TokenPrompt.grammarInput`). */
interface AriaInput {
  /**
   * Time at which the output begins, in milliseconds from the beginning of the piece; default: the start of the
   * prompt's last note.
   */
  readonly beginMs?: number;
}

/** State of the grammar of a piece; immutable. */
export interface AriaState {
  /** Kind of token that comes next. A drum has an onset and no duration. */
  readonly slot: 'note' | 'drumOnset' | 'onset' | 'duration';
  /**
   * Beginning of the current segment of five seconds, in milliseconds from the beginning of the piece. `onsetMs` is
   * the last onset, in milliseconds from the beginning of the segment.
   */
  readonly segmentMs: number;
  readonly onsetMs: number;
  /** Whether the piece has at least one complete note so far. */
  readonly hasNotes: boolean;
  /** Whether the end of the piece is announced. */
  readonly isEnding: boolean;
  /** A note at this time or later ends the output. */
  readonly endMs: number;
  /** Ids that may come next between two notes: notes of the announced instruments, and the id of the next segment. */
  readonly notes: TokenMask;
}

/**
 * Makes a grammar of pieces. The instruments are in the prefix of the prompt. Notes are in the order of their onsets.
 * After any note, the model may end the piece, or announce that its end is near. If a length is set, the first note
 * after it ends the output, before the note is complete, so that it is not played.
 */
export function ariaGrammar({ lengthSeconds }: AriaRules = {}): Grammar<AriaState> {
  const allowed = (state: AriaState): Iterable<number> => {
    const { slot, onsetMs, hasNotes, isEnding, notes } = state;
    if (isOver(state)) return [END];
    if (slot === 'duration') return DURATIONS;
    if (slot !== 'note') return onsetsFrom(onsetMs);
    if (!hasNotes || lengthSeconds !== undefined) return notes;
    return TokenMask.of(ID_COUNT, [...notes, END, ...(isEnding ? [] : [ENDING])]);
  };
  return {
    start: (prompt) => start(prompt, lengthSeconds),
    advance,
    allowed,
    mustEnd: isOver,
    restate: (forgotten) => headOf(Array.from(forgotten)),
  };
}

/** Returns the ids before the first note or segment: the prefix and `BEGIN`. */
function headOf(ids: readonly number[]): number[] {
  const first = ids.findIndex((id) => id >= FIRST_DURATION || isNote(id) || id === NEXT_SEGMENT);
  return ids.slice(0, first < 0 ? ids.length : first);
}

function start({ tokens, grammarInput = {} }: TokenPrompt, lengthSeconds?: number): AriaState {
  const ids = Array.from(tokens);
  const prefix = new Set(headOf(ids).filter(isPrefix));
  const programs = [...ARIA_PROGRAMS, DRUMS].filter((program) => prefix.has(prefixOf(program)));
  const notes = programs.flatMap((program) => [...notesOf(program)]);
  let state: AriaState = {
    slot: 'note',
    segmentMs: 0,
    onsetMs: 0,
    hasNotes: false,
    isEnding: false,
    endMs: Infinity,
    notes: TokenMask.of(ID_COUNT, [...notes, NEXT_SEGMENT]),
  };
  for (const id of ids) state = advance(state, id);
  if (lengthSeconds === undefined) return state;
  const { beginMs = state.segmentMs + state.onsetMs } = grammarInput as AriaInput; // the domain's own
  return { ...state, endMs: beginMs + 1000 * lengthSeconds };
}

/** Returns the state after one more token, even one that the grammar forbids. */
function advance(state: AriaState, id: number): AriaState {
  if (isNote(id)) return { ...state, slot: programOf(id) === DRUMS ? 'drumOnset' : 'onset' };
  if (id >= FIRST_ONSET) {
    const isDrum = state.slot === 'drumOnset';
    const onsetMs = STEP_MS * (id - FIRST_ONSET);
    return isDrum
      ? { ...state, slot: 'note', onsetMs, hasNotes: true }
      : { ...state, slot: 'duration', onsetMs };
  }
  if (id >= FIRST_DURATION) return { ...state, slot: 'note', hasNotes: true };
  if (id === NEXT_SEGMENT) return { ...state, segmentMs: state.segmentMs + SEGMENT_MS, onsetMs: 0 };
  if (id === ENDING) return { ...state, isEnding: true };
  return id === BEGIN ? { ...state, slot: 'note' } : state;
}

/** Whether the last note or segment begins at the end of the output or later. */
function isOver({ slot, segmentMs, onsetMs, endMs }: AriaState): boolean {
  return (slot === 'note' || slot === 'duration') && segmentMs + onsetMs >= endMs;
}

const DURATIONS = TokenMask.of(ID_COUNT, span(FIRST_DURATION + 1, FIRST_ONSET));

function onsetsFrom(ms: number): TokenMask {
  return TokenMask.of(ID_COUNT, span(FIRST_ONSET + ms / STEP_MS, ID_COUNT));
}
