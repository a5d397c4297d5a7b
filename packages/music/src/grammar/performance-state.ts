import type { TokenPrompt } from '@ramble/core';

import type { NoteLengths } from '../domain/note-lengths.js';
import {
  END,
  eventOf,
  MAX_SHIFT_STEPS,
  NOTE_OFF,
  NOTE_ON,
  SHIFT,
  STEPS_PER_SECOND,
  VELOCITY,
} from '../events/events.js';

/** A sounding note, between its on and off events. */
interface SoundingNote {
  readonly pitch: number;
  readonly startStep: number;
  /** Bin of the note's velocity. */
  readonly bin: number;
  /** Number of notes of the piece that were struck before this note. */
  readonly order: number;
}

/** Range of steps in which an output that fills in a region may strike notes: at least `from`, before `to`. */
export interface Strikes {
  readonly from: number;
  readonly to: number;
}

/** State of the grammar while a performance is written; immutable. */
export interface PerformanceState {
  /** The sounding notes, in the order in which they were struck. */
  readonly sounding: readonly SoundingNote[];
  readonly step: number;
  /** The step at which the output began, after its prompt. */
  readonly startStep: number;
  /** Range of steps in which notes may be struck, if the output fills in a region; otherwise absent. */
  readonly strikes?: Strikes;
  /** Bin of the last velocity event; 0 before any. */
  readonly bin: number;
  /**
   * Kind of the last event; `longShift` is a shift of a second, after which the encoder may write
   * another.
   */
  readonly last: 'nothing' | 'noteOn' | 'noteOff' | 'velocity' | 'shift' | 'longShift';
  /** Whether a note was struck at this step. */
  readonly hasStruck: boolean;
  /** The highest `order` among the notes that ended at this step; -1 for none. */
  readonly releasedOrder: number;
  /** The step at which a note last ended; 0 before any. */
  readonly endedStep: number;
  /** Number of notes that were struck so far. */
  readonly struck: number;
  /** Steps of the notes that were struck within the last second. */
  readonly recent: readonly number[];
  /** Number of events of the output so far. */
  readonly written: number;
}

const BEGINNING: PerformanceState = {
  sounding: [],
  step: 0,
  startStep: 0,
  bin: 0,
  last: 'nothing',
  hasStruck: false,
  releasedOrder: -1,
  endedStep: 0,
  struck: 0,
  recent: [],
  written: 0,
};

/**
 * Returns the state after a prompt. Only the last piece in it counts; any id that is not an event begins a new piece.
 * For a region to fill in, `grammarInput` is a `Strikes` that counts from the prompt's last event.
 */
export function stateAfter(prompt: TokenPrompt): PerformanceState {
  let state = BEGINNING;
  for (const id of Array.from(prompt.tokens)) {
    state = eventOf(id) ? advanceState(state, id) : BEGINNING;
  }
  const { step } = state;
  const input = prompt.grammarInput as Strikes | undefined; // as the domain made it
  const strikes = input && { from: step + input.from, to: step + input.to };
  return { ...state, startStep: step, strikes, written: 0 };
}

/** Returns the state after one more event, even one that the grammar forbids. */
export function advanceState(before: PerformanceState, id: number): PerformanceState {
  const state = { ...before, written: before.written + 1 };
  const { sounding, step, struck, bin } = state;
  const event = eventOf(id);
  switch (event?.kind) {
    case 'noteOn':
      return {
        ...state,
        last: 'noteOn',
        hasStruck: true,
        struck: struck + 1,
        sounding: [...sounding, { pitch: event.pitch, startStep: step, bin, order: struck }],
        recent: [...state.recent.filter((at) => at > step - STEPS_PER_SECOND), step],
      };
    case 'noteOff': {
      const ended = sounding.find(({ pitch }) => pitch === event.pitch);
      return {
        ...state,
        last: 'noteOff',
        endedStep: step,
        releasedOrder: Math.max(state.releasedOrder, ended?.order ?? -1),
        sounding: sounding.filter((note) => note !== ended),
      };
    }
    case 'shift':
      return {
        ...state,
        last: event.steps === MAX_SHIFT_STEPS ? 'longShift' : 'shift',
        step: step + event.steps,
        hasStruck: false,
        releasedOrder: -1,
      };
    case 'velocity':
      return { ...state, last: 'velocity', bin: event.bin };
    default:
      return state;
  }
}

/** Pitch class of each natural note, by its letter. */
const LETTERS = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 } as const;
const ACCIDENTALS = { '': 0, '-sharp': 1, '-flat': -1 } as const;
/** Semitones above the tonic of a major scale, and of a minor scale with both its natural and its raised seventh. */
const MODES = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10, 11] } as const;

/** A key by name: `c-major`, `f-sharp-minor`, `b-flat-major`. */
export type MusicKey = `${keyof typeof LETTERS}${keyof typeof ACCIDENTALS}-${keyof typeof MODES}`;

/** Pitch classes of every key, 0 for C. */
const SCALES = new Map<string, ReadonlySet<number>>(
  Object.entries(LETTERS).flatMap(([letter, natural]) =>
    Object.entries(ACCIDENTALS).flatMap(([accidental, shift]) =>
      Object.entries(MODES).map(
        ([mode, steps]) =>
          [
            `${letter}${accidental}-${mode}`,
            new Set(steps.map((step) => (natural + shift + step + 12) % 12)),
          ] as const,
      ),
    ),
  ),
);

/** The names of all keys. */
export const MUSIC_KEYS = [...SCALES.keys()] as readonly MusicKey[]; // made of these parts

/** Returns the pitch classes of a key, 0 for C. */
export function keyScale(key: MusicKey): ReadonlySet<number> {
  const scale = SCALES.get(key);
  if (scale) return scale;
  throw new RangeError(`key: expected one of ${MUSIC_KEYS.join(', ')}, got ${key}`);
}

/**
 * Fractions of the training notes that are at most as long as `medianNoteSeconds` and `longNoteSeconds` of
 * `NoteLengths`.
 */
const [MEDIAN_SHARE, LONG_SHARE] = [0.5, 0.995];

/**
 * Returns, for each sounding note, the id of its note-off and the number of nats to add to the logit of this id. The
 * number grows with the time that the note has sounded.
 */
export type LengthPrior = (
  state: PerformanceState,
) => Iterable<readonly [id: number, nats: number]>;

/**
 * Makes a prior on the lengths of notes. It adds `strength` times -log(fraction of the training notes that
 * are longer) to the logit of a note's end. The fractions follow a Weibull distribution through the median
 * and the 99.5th percentile, or an exponential one if a run has no median.
 *
 * @returns `undefined` if a run has no lengths, and for a strength of 0.
 */
export function lengthPrior(
  { medianNoteSeconds: median, longNoteSeconds: long }: NoteLengths,
  strength: number,
): LengthPrior | undefined {
  if (long === undefined || strength === 0) return undefined;
  const [half, max] = [MEDIAN_SHARE, LONG_SHARE].map((share) => -Math.log(1 - share));
  const shape = median && median < long ? Math.log(max / half) / Math.log(long / median) : 1;
  return ({ sounding, step }) =>
    sounding.map(({ pitch, startStep }) => {
      const seconds = (step - startStep) / STEPS_PER_SECOND;
      return [NOTE_OFF + pitch, strength * max * (seconds / long) ** shape];
    });
}

/**
 * Returns the events that replace the forgotten ones at the beginning of a context window that has slid: the notes that
 * still sound, and the velocity. The time shifts between these notes, and from the last note to the window, are kept up
 * to one second each. Control tokens at the beginning of the piece are kept.
 *
 * @param forgotten - Ids of the earlier events. An id that is not an event begins a new piece.
 */
export function restateNotes(forgotten: ArrayLike<number>): number[] {
  const controls: number[] = [];
  while (controls.length < forgotten.length && forgotten[controls.length] > END) {
    controls.push(forgotten[controls.length]);
  }
  return [...controls, ...restated(stateAfter({ tokens: forgotten }))];
}

function restated({ sounding, step: now, bin }: PerformanceState): number[] {
  const ids: number[] = [];
  let [step, told] = [sounding.at(0)?.startStep ?? now, 0];
  const shiftTo = (later: number): void => {
    if (later > step) ids.push(SHIFT + Math.min(later - step, MAX_SHIFT_STEPS) - 1);
    step = later;
  };
  const setVelocity = (louder: number): void => {
    if (louder !== told) ids.push(VELOCITY + louder - 1);
    told = louder;
  };
  for (const note of sounding) {
    shiftTo(note.startStep);
    setVelocity(note.bin);
    ids.push(NOTE_ON + note.pitch);
  }
  shiftTo(now);
  setVelocity(bin);
  return ids;
}

/** Whether the note that was struck first can end at this step. */
export function canEndFirst({ sounding, hasStruck, releasedOrder }: PerformanceState): boolean {
  return !hasStruck && sounding[0].order > releasedOrder;
}

/** Returns the minimum number of events that end a piece from a state. */
export function eventsToEnd({
  sounding,
  bin,
  last,
  hasStruck,
  releasedOrder,
}: PerformanceState): number {
  const aNote = 3; // on, shift, off
  if (last === 'velocity') return sounding.length + aNote;
  if (sounding.length === 0) {
    if (last === 'noteOff' || last === 'nothing') return 0;
    return bin === 0 ? 1 + aNote : aNote;
  }
  const needsShift = hasStruck || sounding.some(({ order }) => order < releasedOrder);
  return sounding.length + (needsShift ? 1 : 0);
}
