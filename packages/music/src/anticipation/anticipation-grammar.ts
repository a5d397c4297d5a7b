import type { Grammar, TokenPrompt } from '@ramble/core';
import { TokenMask } from '@ramble/core/domain';

import { STEPS_PER_SECOND } from '../events/events.js';
import { span } from '../notes/note.js';
import { INSTRUMENTS } from '../score/instruments.js';
import { DRUMS } from '../score/score.js';
import {
  announcement,
  CONTROL,
  DELTA_STEPS,
  encodeInstruments,
  FIRST_DURATION,
  FIRST_NOTE,
  firstNoteOf,
  fromFirst,
  ID_COUNT,
  type InstrumentNote,
  instrumentOf,
  MAX_STEPS,
  PITCHES,
  readTriples,
  REST,
  SEPARATOR,
  SEQUENCE_STEPS,
  stepOf,
  toControl,
  type Triple,
} from './instrument-events.js';

/**
 * Maximum number of triples of an output that has neither given notes nor a set length: as many as fit into the
 * context of the published models.
 */
const DEFAULT_TRIPLES = 341;
/** Maximum number of instruments of a piece, the number of MIDI channels. */
export const MAX_INSTRUMENTS = 16;

/** Limits of an output in addition to the grammar. */
export interface AnticipationRules {
  /** MIDI programs, or `DRUMS`, whose notes the model generates; default: all. */
  readonly programs?: readonly number[];
  /** Length of the output without its primer; by default, the model ends the piece. */
  readonly lengthSeconds?: number;
}

/** Values that a prompt passes to the grammar in addition to its tokens (`TokenPrompt.grammarInput`). */
export interface AnticipationInput {
  /** Earliest time of the output's events, in steps of 10 ms from the beginning of the prompt's last window. */
  readonly minStep?: number;
  /** Notes of a piece to accompany. */
  readonly given?: readonly InstrumentNote[];
}

/**
 * Kind of token that comes next: the time of a triple, another token of an event or of a control, or a token of a
 * window's announcement.
 */
type Slot = 'time' | 'duration' | 'note' | 'controlDuration' | 'controlNote' | 'begin' | 'window';

/** Immutable state of the grammar of a sequence. Times are in steps of 10 ms from the beginning of the window. */
export interface AnticipationState {
  readonly slot: Slot;
  /** Number of complete triples. */
  readonly triples: number;
  /** Maximum number of complete triples. */
  readonly maxTriples: number;
  /** Time of the last event; a control does not change it. */
  readonly step: number;
  /** An event at this time or later ends the output. */
  readonly endStep: number;
  /** Whether the last event is at or after `endStep`. Such an event becomes a rest, and the output ends. */
  readonly isOver: boolean;
  /** Whether the model may end the piece. */
  readonly mayEnd: boolean;
  /** Indices of the instruments of all triples so far; a rest counts as an instrument. */
  readonly instruments: ReadonlySet<number>;
  /** Controls that are not written yet, in the order of their times. */
  readonly controls: readonly Triple[];
}

/**
 * Makes a grammar of sequences of triples, as in `sample.py` of the reference implementation. The time of an event is
 * not before the previous one, and the first time is 0. A rest counts as one of at most sixteen instruments. A
 * control is written when the last event is at most five seconds before it. If a length is set, the output ends with
 * the first event after it. Otherwise, an accompaniment ends with the given notes, and any other piece ends when the
 * model ends it, or when it has as many triples as fit into the context of the published models. An output that
 * reaches the last time of its window ends, unless the window slides.
 */
export function anticipationGrammar({
  programs = EVERY_PROGRAM,
  lengthSeconds,
}: AnticipationRules = {}): Grammar<AnticipationState> {
  const written = notesMask(programs);
  const allowed = (state: AnticipationState): Iterable<number> => {
    const { slot, isOver, controls } = state;
    if (slot === 'controlDuration') return controls.slice(0, 1).map(([, duration]) => duration);
    if (slot === 'controlNote') return controls.slice(0, 1).map(([, , note]) => note);
    if (slot === 'duration') return isOver ? [FIRST_DURATION] : ALL_DURATIONS;
    if (slot === 'note') return isOver ? [REST] : notesAfter(state, written);
    const control = dueControl(state);
    if (control) return [control[0]];
    return hasEnded(state) ? [SEPARATOR] : timesAfter(state);
  };
  return {
    start: (prompt) => start(prompt, programs, lengthSeconds),
    advance,
    allowed,
    mustEnd: (state) => state.slot === 'time' && !dueControl(state) && hasEnded(state),
  };
}

function start(
  { tokens, grammarInput = {} }: TokenPrompt,
  programs: readonly number[],
  lengthSeconds: number | undefined,
): AnticipationState {
  const { minStep, given } = grammarInput as AnticipationInput; // the domain's own
  const kept = encodeInstruments(given?.filter((note) => !programs.includes(note.program)) ?? []);
  if (given && kept.length === 0) {
    throw new RangeError('tracks: expected some tracks of given to be kept, got all to be written');
  }
  // Times count from the first triple, which is a control if the first control is early.
  const base = kept.length > 0 && kept[0][0] <= DELTA_STEPS ? kept[0][0] : 0;
  const all = kept.map(([time, duration, note]): Triple => [time - base, duration, note]);
  const lastControl = all.at(-1)?.[0] ?? Infinity;
  const begin = minStep ?? -base;
  const endStep = lengthSeconds === undefined ? lastControl + 1 : begin + lengthSeconds * STEPS_PER_SECOND; // prettier-ignore
  const mayEnd = !given && lengthSeconds === undefined;
  let state: AnticipationState = {
    slot: 'time',
    ...{ triples: 0, maxTriples: Infinity },
    ...{ step: -base, endStep: Infinity, isOver: false, mayEnd },
    instruments: new Set(),
    controls: all.map(toControl),
  };
  for (const id of Array.from(tokens).slice(1)) state = advance(state, id);
  const maxTriples = mayEnd ? state.triples + DEFAULT_TRIPLES : Infinity;
  return { ...state, maxTriples, step: Math.max(state.step, begin), endStep };
}

/** Returns the state after one more token, even one that the grammar forbids. */
function advance(state: AnticipationState, id: number): AnticipationState {
  const { slot, triples, instruments, controls } = state;
  switch (slot) {
    case 'begin':
      return id > SEPARATOR
        ? { ...state, slot: 'window' }
        : advance({ ...state, slot: 'time' }, id);
    case 'window':
      return inWindow(state, id);
    case 'time':
      if (id >= SEPARATOR) return id > SEPARATOR ? { ...state, slot: 'begin' } : state;
      if (id >= CONTROL) return { ...state, slot: 'controlDuration' };
      return { ...state, slot: 'duration', step: id, isOver: id >= state.endStep };
    case 'duration':
      return { ...state, slot: 'note' };
    case 'controlDuration':
      return { ...state, slot: 'controlNote' };
    default: {
      const instrument = instrumentOf(id);
      return {
        ...state,
        slot: 'time',
        triples: triples + 1,
        instruments: instruments.has(instrument)
          ? instruments
          : new Set([...instruments, instrument]),
        controls: slot === 'controlNote' ? controls.slice(1) : controls,
      };
    }
  }
}

/** Returns the state after the window has moved ahead by some steps: times count from its new beginning. */
function inWindow(state: AnticipationState, steps: number): AnticipationState {
  const { step, endStep, controls } = state;
  return {
    ...state,
    ...{ slot: 'time', step: step - steps, endStep: endStep - steps },
    controls: controls.map(([time, duration, note]) => [time - steps, duration, note]),
  };
}

/** Whether the output ends instead of having another event. */
function hasEnded({ triples, maxTriples, step, isOver }: AnticipationState): boolean {
  return isOver || triples >= maxTriples || step >= MAX_STEPS - 1;
}

/**
 * Returns the next control if it must come now: if it begins at most 5 s after the last event, or, once the output is
 * over, before `endStep`. Otherwise returns `undefined`.
 */
function dueControl({ controls, step, isOver, endStep }: AnticipationState): Triple | undefined {
  const next = controls.at(0);
  const time = next ? stepOf(next) : Infinity;
  if (time >= MAX_STEPS) return undefined; // no id is later
  return (isOver ? time < endStep : step >= time - DELTA_STEPS) ? next : undefined;
}

/**
 * Merges controls into events. A control follows the first event that begins at most five seconds before it; controls
 * of the first five seconds come first.
 */
export function interleave(events: readonly Triple[], controls: readonly Triple[]): Triple[] {
  const merged: Triple[] = [];
  let [step, next] = [0, 0];
  for (const event of events) {
    for (; next < controls.length && step >= controls[next][0] - DELTA_STEPS; next++) {
      merged.push(toControl(controls[next]));
    }
    merged.push(event);
    step = event[0];
  }
  return merged;
}

const EVERY_PROGRAM = [...INSTRUMENTS.keys(), DRUMS];
const ALL_DURATIONS = TokenMask.of(ID_COUNT, span(FIRST_DURATION, FIRST_NOTE));

function timesAfter({ triples, step, mayEnd }: AnticipationState): Iterable<number> {
  if (triples === 0) return [0];
  const times = span(Math.max(0, step), MAX_STEPS);
  return TokenMask.of(ID_COUNT, mayEnd ? [...times, SEPARATOR] : times);
}

/** Returns the notes that may come next: of `written` programs, but of no new program if all MIDI channels are used. */
function notesAfter({ instruments }: AnticipationState, written: TokenMask): TokenMask {
  if (instruments.size < MAX_INSTRUMENTS - 1) return written;
  return written.and(notesMask(EVERY_PROGRAM.filter((_, i) => instruments.has(i))));
}

/** Returns the ids of all notes of some programs, and `REST`. */
function notesMask(programs: readonly number[]): TokenMask {
  const firsts = programs.map(firstNoteOf);
  const notes = firsts.flatMap((first) => [...span(first, first + PITCHES)]);
  return TokenMask.of(ID_COUNT, [...notes, REST]);
}

/**
 * Moves the context window of a sequence ahead in three cases. If fewer than two more triples fit, the window keeps its
 * newest triples, as many as `kept` allows, as in the reference implementation. If its music has reached 95 seconds, it
 * keeps the newest 47 seconds, which the reference implementation does not support. If the prompt contains several
 * sequences, each with a start token, it keeps the newest triples too. At least the two newest triples always stay.
 */
export const slideWindow: NonNullable<TokenPrompt['slide']> = (tokens, { length, room, kept }) => {
  const most = Math.floor((room - 1) / 3) - 2;
  if (most < 2 || tokens.length < 4 || tokens.length % 3 !== 1) return undefined;
  const [begin, newest] = [tokens[0], tokens[tokens.length - 3]];
  const isFull = length > 1 + 3 * most;
  const isLong = newest >= SEQUENCE_STEPS && newest < MAX_STEPS;
  const isPrimer = length === tokens.length && tokens.includes(begin, 1);
  if (!isFull && !isLong && !isPrimer) return undefined;
  const { triples, base } = readTriples(tokens);
  const first = base + (isLong ? newest - SEQUENCE_STEPS / 2 : 0);
  const count = Math.min(most, Math.max(2, Math.floor((kept - 1) / 3)));
  const stay = triples.slice(-count).filter((triple, i, { length: of }) => {
    return stepOf(triple) >= (i < of - 2 ? first : base);
  });
  if (stay.length === 0) return undefined;
  const { rebased, base: next } = fromFirst(stay);
  return { tokens: [begin, ...rebased.flat()], announced: announcement(begin, next - base) };
};
