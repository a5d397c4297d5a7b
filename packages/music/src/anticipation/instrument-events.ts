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
  /** 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** A MIDI program, 0 to 127, or `DRUMS`. */
  readonly program: number;
}

/** The notes of a MIDI file, in the order of their starts; simultaneous notes are in the order of the file. */
export interface InstrumentPiece {
  /** Name of the file. */
  readonly name: string;
  readonly notes: readonly InstrumentNote[];
  /** Notes that the model sees in advance and does not write, in the same order. */
  readonly controls?: readonly InstrumentNote[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** Tempo of a file without tempo events, in microseconds per quarter note. */
const DEFAULT_MICROSECONDS = 500_000;

/**
 * Reads the notes of a MIDI file of format 0, 1 or 2 as the Anticipatory Music Transformer does. The events of all
 * tracks are merged by their ticks. Programs belong to channels, and tempos to all tracks. A note-off ends the first
 * sounding note of its instrument, pitch and channel.
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

/** Returns a time in steps, rounded as in the reference. */
function toSteps(seconds: number): number {
  return roundHalfEven(STEPS_PER_SECOND * seconds);
}

/** Velocity of all notes: the tokens have none. */
const VELOCITY = 72;
/** Resolution of written files, in which a tick is a step. */
const TICKS_PER_QUARTER = 50;

/** Returns notes as a score with one part for each instrument. A note without length lasts one step. */
export function instrumentScore(notes: readonly InstrumentNote[]): Score {
  const inTicks = notes.map(({ startStep: tick, durationSteps = 0, pitch, program }) => {
    return { tick, durationTicks: durationSteps, pitch, velocity: VELOCITY, program };
  });
  return scoreByProgram(inTicks, TICKS_PER_QUARTER);
}

/** A triple of ids: arrival time, duration, and pitch of an instrument. */
export type Triple = readonly [time: number, duration: number, note: number];

/** Number of arrival times: a window has at most 100 seconds. */
export const MAX_STEPS = 10_000;
/** Number of steps (5 seconds) by which a control comes before the events of its own time. */
export const DELTA_STEPS = 5 * STEPS_PER_SECOND;
/**
 * Length in steps (95 seconds) of each sequence into which a long piece is divided. The times of a sequence count from
 * its beginning; controls up to five seconds after its last event still have ids.
 */
export const SEQUENCE_STEPS = MAX_STEPS - DELTA_STEPS;
/** Number of durations in steps, from 0. Longer notes are cut. */
const DURATIONS = 1000;
/** Number of pitches of each instrument. */
export const PITCHES = 128;
/** Index of drums among the instruments, after the programs. */
export const DRUM_INSTRUMENT = 128;
/** Duration in steps of a note that never ends. */
const UNKNOWN_DURATION = 25;

const FIRST_TIME = 0;
/** The first ids of durations and of notes. */
export const FIRST_DURATION = FIRST_TIME + MAX_STEPS;
export const FIRST_NOTE = FIRST_DURATION + DURATIONS;
/** The note of a triple that is a rest. */
export const REST = FIRST_NOTE + PITCHES * (DRUM_INSTRUMENT + 1);
/** Added to the three ids of an event to make them a control's. Rests cannot be controls. */
export const CONTROL = REST + 1;
/** Ids that end a piece, begin a sequence without controls, and begin one with controls. */
export const SEPARATOR = CONTROL + REST;
export const AUTOREGRESS = SEPARATOR + 1;
export const ANTICIPATE = AUTOREGRESS + 1;
export const ID_COUNT = ANTICIPATE + 1;

/**
 * Encodes notes as triples, as `compound_to_events` of the reference does. Times are not checked: a time of 100 seconds
 * or more is not a valid id.
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
 * Returns the time in steps of an event or a control. The note's id tells which it is, because times of long pieces may
 * exceed `CONTROL`.
 */
export function stepOf([time, , note]: Triple): number {
  return note < CONTROL ? time : time - CONTROL;
}

/** Returns triples with times that count from the earliest one (`rebased`), and the time of that one (`base`). */
export function fromFirst(triples: readonly Triple[]): {
  readonly rebased: readonly Triple[];
  readonly base: number;
} {
  const base = triples.reduce((first, triple) => Math.min(first, stepOf(triple)), Infinity);
  return { rebased: triples.map((triple) => moved(triple, -base)), base };
}

/** Returns a triple that begins some steps later. */
export function moved([time, duration, note]: Triple, steps: number): Triple {
  return [time + steps, duration, note];
}

/**
 * Returns three ids that announce a new window of a long primer. Its times count from `steps` after the beginning of
 * the previous window. They are ramble's own: the model neither reads nor generates them.
 */
export function announcement(begin: number, steps: number): Triple {
  return [begin, begin, steps];
}

/**
 * Reads ids as triples. An id that begins a sequence begins another sequence of a long piece, {@link SEQUENCE_STEPS}
 * later, except at the beginning and in an announcement of a window. An incomplete triple at the end is left out.
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

/** Returns the index of the instrument of a note or a control's note; a rest has one too, as in the reference. */
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
