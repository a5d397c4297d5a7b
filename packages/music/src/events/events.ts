import type { Note, StepNote } from '../notes/note.js';

/** Options of `decodeEvents`: the velocity at the beginning, and a limit on the lengths of notes. */
export interface DecodeOptions {
  /** Velocity of notes before any velocity token; default: 100. */
  readonly velocity?: number;
  /** Maximum length of notes in seconds; longer ones are cut. */
  readonly maxNoteSeconds?: number;
}

/**
 * Decodes ids of events into notes. The events may be in any order, even an order that no encoder writes: the note of
 * a pitch that was struck first ends first; an end without a note is ignored; a note without length is dropped; a
 * note that never ends stops at the last step. Ids that are not events are ignored.
 *
 * @returns notes in the order of their ends.
 */
export function decodeEvents(
  ids: Iterable<number>,
  { velocity = 100, maxNoteSeconds = Infinity }: DecodeOptions = {},
): StepNote[] {
  const maxSteps = maxNoteSeconds * STEPS_PER_SECOND;
  const notes: StepNote[] = [];
  const open = Array.from({ length: PITCHES }, (): Omit<StepNote, 'endStep'>[] => []);
  let step = 0;
  const end = (note: Omit<StepNote, 'endStep'>): void => {
    const endStep = Math.min(step, note.startStep + maxSteps);
    if (endStep > note.startStep) notes.push({ ...note, endStep });
  };
  for (const id of ids) {
    const event = eventOf(id);
    switch (event?.kind) {
      case 'noteOn':
        open[event.pitch].push({ startStep: step, pitch: event.pitch, velocity });
        break;
      case 'noteOff': {
        const first = open[event.pitch].shift();
        if (first) end(first);
        break;
      }
      case 'shift':
        step += event.steps;
        break;
      case 'velocity':
        velocity = binVelocity(event.bin);
    }
  }
  for (const left of open) left.forEach(end);
  return notes;
}

const NAMES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/** Returns the name of a pitch class: `C` for 60 and 72. */
export function pitchClassName(pitch: number): string {
  return NAMES[pitch % 12];
}

/** Returns the name of a pitch: `C4` for 60. */
export function pitchName(pitch: number): string {
  return `${pitchClassName(pitch)}${Math.floor(pitch / 12) - 1}`;
}

/** Describes a token for people: `note on C4`, `+120 ms`, `velocity 73`. */
export function describeEvent(id: number): string {
  const event = eventOf(id);
  switch (event?.kind) {
    case 'noteOn':
      return `note on ${pitchName(event.pitch)}`;
    case 'noteOff':
      return `note off ${pitchName(event.pitch)}`;
    case 'shift':
      return `+${(event.steps * 1000) / STEPS_PER_SECOND} ms`;
    case 'velocity':
      return `velocity ${binVelocity(event.bin)}`;
    default:
      return id === END ? 'end of piece' : `no event ${id}`;
  }
}

/** Returns the step of 10 ms that is nearest to a time in seconds; halves are rounded up. */
export function stepAt(seconds: number): number {
  return Math.floor(seconds * STEPS_PER_SECOND + 0.5);
}

/**
 * Encodes notes as ids of events, as note-seq does. A note without length gets one step. Gaps become shifts of one
 * second each and a remainder. A velocity is only written before a note if it changes. The last event is the last
 * note's end.
 *
 * @see https://github.com/magenta/note-seq, `performance_lib.py`
 */
export function encodeNotes(notes: readonly Note[]): Int32Array {
  const sorted = [...notes].sort((a, b) => a.startSeconds - b.startSeconds || a.pitch - b.pitch);
  // An action is one number, for fast sorting: its step, its note, and off after on.
  const actions = new Float64Array(2 * sorted.length);
  sorted.forEach(({ startSeconds, endSeconds }, i) => {
    const start = stepAt(startSeconds);
    const end = stepAt(endSeconds);
    actions[2 * i] = (start * sorted.length + i) * 2;
    actions[2 * i + 1] = ((end === start ? end + 1 : end) * sorted.length + i) * 2 + 1;
  });
  actions.sort();

  const ids: number[] = [];
  let now = 0;
  let bin = 0;
  for (const action of actions) {
    const place = Math.floor(action / 2);
    const { pitch, velocity } = sorted[place % sorted.length];
    const step = Math.floor(place / sorted.length);
    for (; step - now > MAX_SHIFT_STEPS; now += MAX_SHIFT_STEPS) {
      ids.push(SHIFT + MAX_SHIFT_STEPS - 1);
    }
    if (step > now) ids.push(SHIFT + step - now - 1);
    now = step;
    if (action % 2 === 1) {
      ids.push(NOTE_OFF + pitch);
      continue;
    }
    if (velocityBin(velocity) !== bin) {
      bin = velocityBin(velocity);
      ids.push(VELOCITY + bin - 1);
    }
    ids.push(NOTE_ON + pitch);
  }
  return Int32Array.from(ids);
}

/**
 * An event of a performance, one of 388: `pitch` is 0 to 127; `steps` is a time of 1 to 100 steps of 10 ms; `bin` is
 * a velocity bin, 1 to 32.
 */
export type MusicEvent =
  | { readonly kind: 'noteOn'; readonly pitch: number }
  | { readonly kind: 'noteOff'; readonly pitch: number }
  | { readonly kind: 'shift'; readonly steps: number }
  | { readonly kind: 'velocity'; readonly bin: number };

export const STEPS_PER_SECOND = 100;
/** Maximum number of steps of a shift: a second. */
export const MAX_SHIFT_STEPS = 100;
export const PITCHES = 128;
export const VELOCITY_BINS = 32;
/** Number of velocities per bin. */
const BIN_SIZE = 4;

/**
 * First id of the note-on events. `NOTE_OFF`, `SHIFT` and `VELOCITY` are the first ids of the other kinds of events.
 */
export const NOTE_ON = 0;
export const NOTE_OFF = NOTE_ON + PITCHES;
export const SHIFT = NOTE_OFF + PITCHES;
export const VELOCITY = SHIFT + MAX_SHIFT_STEPS;
/** Number of ids of events. */
export const EVENTS = VELOCITY + VELOCITY_BINS;
/** Id of the token before the first event of a piece and after its last event; it is not one of the 388 event ids. */
export const END = VELOCITY + VELOCITY_BINS;

/**
 * Returns the id of an event.
 *
 * @see Oore et al. 2018, section 3, https://arxiv.org/abs/1808.03715
 */
export function eventId(event: MusicEvent): number {
  switch (event.kind) {
    case 'noteOn':
      return NOTE_ON + event.pitch;
    case 'noteOff':
      return NOTE_OFF + event.pitch;
    case 'shift':
      return SHIFT + event.steps - 1;
    case 'velocity':
      return VELOCITY + event.bin - 1;
  }
}

/**
 * Returns the event of an id.
 *
 * @returns `undefined` if the id is not an event.
 */
export function eventOf(id: number): MusicEvent | undefined {
  if (!Number.isInteger(id) || id < 0 || id >= EVENTS) return undefined;
  if (id < NOTE_OFF) return { kind: 'noteOn', pitch: id - NOTE_ON };
  if (id < SHIFT) return { kind: 'noteOff', pitch: id - NOTE_OFF };
  if (id < VELOCITY) return { kind: 'shift', steps: id - SHIFT + 1 };
  return { kind: 'velocity', bin: id - VELOCITY + 1 };
}

/** Returns the bin, 1 to 32, of a velocity from 1 to 127. */
export function velocityBin(velocity: number): number {
  return Math.floor((velocity - 1) / BIN_SIZE) + 1;
}

/** Returns the lowest velocity of a bin, which represents it. */
export function binVelocity(bin: number): number {
  return 1 + (bin - 1) * BIN_SIZE;
}

/** Returns notes at the resolution of events: on the grid of 10 ms, in the order of their ends. */
export function onGrid(notes: readonly Note[]): readonly StepNote[] {
  return decodeEvents(encodeNotes(notes));
}
