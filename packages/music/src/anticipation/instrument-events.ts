import type { MidiEvent } from 'midi-file';

import { STEPS_PER_SECOND } from '../events/events.js';
import { readTracks } from '../midi/read-tracks.js';
import { listAt, roundHalfEven } from '../notes/note.js';
import { DRUMS, type Score, scoreByProgram, soundOn } from '../score/score.js';

/** A note of any instrument on the grid of 10 ms steps. */
export interface InstrumentNote {
  readonly startStep: number;
  /** Duration in steps; absent for a note that never ends in its file. */
  readonly durationSteps?: number;
  /** MIDI pitch, 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** A MIDI program, 0 to 127, or `DRUMS`. */
  readonly program: number;
}

/** The notes of a MIDI file, in the order of their starts; simultaneous notes are in the order of the file. */
export interface InstrumentPiece {
  /** Name of the file. */
  readonly name: string;
  readonly notes: readonly InstrumentNote[];
  /** Notes that the model is given in advance and does not generate, in the order of their starts. */
  readonly controls?: readonly InstrumentNote[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** Tempo of a file without tempo events, in microseconds per quarter note. */
const DEFAULT_MICROSECONDS = 500_000;

/**
 * Reads the notes of a MIDI file of format 0, 1 or 2 as the Anticipatory Music Transformer does. The events of all
 * tracks are merged by their ticks. A program change applies to its channel in all tracks, and a tempo to all tracks.
 * A note-off ends the first sounding note of its instrument, pitch and channel.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
 * @see https://github.com/jthickstun/anticipation, `midi_to_compound`, and mido's `MidiFile.__iter__`
 */
export function parseInstruments(name: string, bytes: Uint8Array): InstrumentPiece {
  const { division, tracks, repairs } = readTracks(name, bytes);
  const secondsPerTick = (microseconds: number): number =>
    division.kind === 'seconds'
      ? 1 / division.ticksPerSecond
      : (microseconds * 1e-6) / division.ticksPerQuarter;
  let scale = secondsPerTick(DEFAULT_MICROSECONDS);
  let [lastTick, seconds] = [0, 0];
  const notes: { -readonly [Key in keyof InstrumentNote]: InstrumentNote[Key] }[] = [];
  const programs = new Uint8Array(16);
  const open = new Map<
    number,
    { readonly note: (typeof notes)[number]; readonly from: number }[]
  >();
  for (const { tick, event } of merged(tracks)) {
    // Times are summed event by event, so that they have the same rounding errors as in mido.
    seconds += (tick - lastTick) * scale;
    lastTick = tick;
    if (event.type === 'setTempo') {
      scale = secondsPerTick(event.microsecondsPerBeat);
    } else if (event.type === 'programChange') {
      programs[event.channel] = event.programNumber;
    } else if (event.type === 'noteOn' || event.type === 'noteOff') {
      const { channel, noteNumber: pitch } = event;
      const program = soundOn(channel, programs[channel]);
      const sounding = listAt(open, ((program + 1) * 128 + pitch) * 16 + channel);
      if (event.type === 'noteOn') {
        const note = { startStep: toSteps(seconds), pitch, program };
        notes.push(note);
        sounding.push({ note, from: seconds });
      } else {
        const ended = sounding.shift();
        if (ended) ended.note.durationSteps = toSteps(seconds - ended.from);
      }
    }
  }
  return { name, notes, repairs };
}

/** Returns the events of all tracks in the order of their ticks; at one tick, in the order of the tracks. */
function merged(
  tracks: readonly (readonly MidiEvent[])[],
): readonly { readonly tick: number; readonly event: MidiEvent }[] {
  const events = tracks.flatMap((track) => {
    let tick = 0;
    return track.map((event) => ({ tick: (tick += event.deltaTime), event }));
  });
  const kept = events.filter(({ event }) => event.type !== 'endOfTrack');
  return kept.sort((a, b) => a.tick - b.tick);
}

/** Converts seconds to the nearest step of 10 ms, ties to the even one, as in the reference implementation. */
function toSteps(seconds: number): number {
  return roundHalfEven(STEPS_PER_SECOND * seconds);
}

/** Velocity of all decoded notes, because the tokens contain no velocity. */
const VELOCITY = 72;
/** Ticks per quarter note of written files. At their tempo of 120 quarters a minute, a tick is a step of 10 ms. */
const TICKS_PER_QUARTER = 50;

/**
 * Returns notes as a score with one part for each instrument, in which a tick is a step of 10 ms. A note without
 * length lasts one step.
 */
export function instrumentScore(notes: readonly InstrumentNote[]): Score {
  const inTicks = notes.map(({ startStep: tick, durationSteps = 0, pitch, program }) => {
    return { tick, durationTicks: durationSteps, pitch, velocity: VELOCITY, program };
  });
  return scoreByProgram(inTicks, TICKS_PER_QUARTER);
}

/** A triple of ids: arrival time, duration, and pitch of an instrument. */
export type Triple = readonly [time: number, duration: number, note: number];

/** Number of ids of arrival times, one per step of 10 ms: a window lasts at most 100 seconds. */
export const MAX_STEPS = 10_000;
/** Number of steps (5 seconds) by which a control comes before the events of its own time. */
export const DELTA_STEPS = 5 * STEPS_PER_SECOND;
/**
 * Length in steps (95 seconds) of each sequence into which a long piece is divided. The times of a sequence count from
 * its beginning; controls up to five seconds after its last event still have ids.
 */
export const SEQUENCE_STEPS = MAX_STEPS - DELTA_STEPS;
/** Number of ids of durations, which are 0 to 999 steps of 10 ms. Longer notes are cut. */
const DURATIONS = 1000;
/** Number of pitches of each instrument. */
export const PITCHES = 128;
/** Index of drums among the instruments, after the programs. */
export const DRUM_INSTRUMENT = 128;
/** Duration in steps that replaces the duration of a note that never ends in its file. */
const UNKNOWN_DURATION = 25;

const FIRST_TIME = 0;
/** First id of the durations: a duration of n steps has the id `FIRST_DURATION + n`. */
export const FIRST_DURATION = FIRST_TIME + MAX_STEPS;
export const FIRST_NOTE = FIRST_DURATION + DURATIONS;
/** Third id of a triple that is a rest, in place of a note. */
export const REST = FIRST_NOTE + PITCHES * (DRUM_INSTRUMENT + 1);
/** Offset that is added to the three ids of a note to make it a control. Rests cannot be controls. */
export const CONTROL = REST + 1;
/**
 * Id that ends a piece. `AUTOREGRESS` begins a sequence without controls, and `ANTICIPATE` a sequence with controls.
 */
export const SEPARATOR = CONTROL + REST;
export const AUTOREGRESS = SEPARATOR + 1;
export const ANTICIPATE = AUTOREGRESS + 1;
export const ID_COUNT = ANTICIPATE + 1;

/**
 * Encodes notes as triples, as `compound_to_events` of the reference implementation does. Times are not checked: a
 * time of 100 seconds or more is not a valid id.
 */
export function encodeInstruments(notes: readonly InstrumentNote[]): Triple[] {
  return notes.map(({ startStep, durationSteps = UNKNOWN_DURATION, pitch, program }) => {
    const duration = FIRST_DURATION + Math.min(durationSteps, DURATIONS - 1);
    return [startStep, duration, firstNoteOf(program) + pitch];
  });
}

/** Returns the id of a program's lowest note. */
export function firstNoteOf(program: number): number {
  return FIRST_NOTE + PITCHES * (program === DRUMS ? DRUM_INSTRUMENT : program);
}

/** Returns the triple of an event as a control. */
export function toControl([time, duration, note]: Triple): Triple {
  return [CONTROL + time, CONTROL + duration, CONTROL + note];
}

/**
 * Returns the time in steps of an event or a control. The third id tells whether the triple is a control, because
 * times of long pieces may exceed `CONTROL`.
 */
export function stepOf([time, , note]: Triple): number {
  return note < CONTROL ? time : time - CONTROL;
}

/**
 * Returns triples with times that count from the earliest triple (`rebased`), and the time of the earliest triple in
 * steps (`base`).
 */
export function fromFirst(triples: readonly Triple[]): {
  readonly rebased: readonly Triple[];
  readonly base: number;
} {
  const base = triples.reduce((first, triple) => Math.min(first, stepOf(triple)), Infinity);
  return { rebased: triples.map((triple) => moved(triple, -base)), base };
}

/** Returns a triple with its time increased by `steps`, which may be negative. */
export function moved([time, duration, note]: Triple, steps: number): Triple {
  return [time + steps, duration, note];
}

/**
 * Returns the three ids that announce a new window of a long primer: `begin` twice, then `steps`. Times in the new
 * window count from `steps` after the beginning of the previous window. The announcement is specific to ramble: the
 * model neither reads nor generates it.
 */
export function announcement(begin: number, steps: number): Triple {
  return [begin, begin, steps];
}

/**
 * Reads ids as triples. After the first id, `AUTOREGRESS` or `ANTICIPATE` begins the next sequence of a long piece,
 * {@link SEQUENCE_STEPS} later, unless it belongs to the announcement of a window. An incomplete triple at the end is
 * left out.
 *
 * @returns triples with steps from the beginning of the first window, and the step from which the last window counts.
 */
export function readTriples(ids: ArrayLike<number>): {
  readonly triples: readonly Triple[];
  readonly base: number;
} {
  const triples: Triple[] = [];
  let base = 0;
  for (let i = 0; i < ids.length;) {
    const [id, second, third] = [ids[i], ids[i + 1], ids[i + 2]];
    const isComplete = i + 2 < ids.length;
    if (isComplete && id > SEPARATOR && second === id && third < MAX_STEPS) {
      base += third;
      i += 3;
    } else if (id >= SEPARATOR) {
      if (id > SEPARATOR && i > 0) base += SEQUENCE_STEPS;
      i++;
    } else if (isComplete) {
      triples.push([id + base, second, third]);
      i += 3;
    } else break;
  }
  return { triples, base };
}

/**
 * Returns the index of the instrument of a note id, which may be a control's. A rest counts as an instrument of its
 * own, as in the reference implementation.
 */
export function instrumentOf(note: number): number {
  return Math.floor(((note < CONTROL ? note : note - CONTROL) - FIRST_NOTE) / PITCHES);
}

/**
 * Decodes triples of events and controls into notes in the order of their starts. Triples without a valid duration and
 * note are left out, and so are rests.
 */
export function decodeInstruments(triples: readonly Triple[]): InstrumentNote[] {
  const notes = triples.flatMap((triple): InstrumentNote[] => {
    const shift = triple[2] < CONTROL ? 0 : CONTROL;
    const durationSteps = triple[1] - shift - FIRST_DURATION;
    const note = triple[2] - shift - FIRST_NOTE;
    const startStep = stepOf(triple);
    const isNote = note >= 0 && note < REST - FIRST_NOTE && startStep >= 0;
    if (!isNote || durationSteps < 0 || durationSteps >= DURATIONS) return [];
    const instrument = Math.floor(note / PITCHES);
    const program = instrument === DRUM_INSTRUMENT ? DRUMS : instrument;
    return [{ startStep, durationSteps, pitch: note % PITCHES, program }];
  });
  return notes.sort((a, b) => a.startStep - b.startStep);
}
