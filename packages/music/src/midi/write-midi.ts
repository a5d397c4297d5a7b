import { type MidiEvent, writeMidi as encodeMidi } from 'midi-file';

import { STEPS_PER_SECOND } from '../events/events.js';
import type { SoundingNote, StepNote } from '../notes/note.js';
import { programName } from '../score/instruments.js';
import { DRUM_CHANNEL, DRUMS, type Score, type ScorePart } from '../score/score.js';

/** The raw events of a MIDI file, by track. */
export interface MidiTracks {
  /** Length of a tick: a fraction of a quarter note, whose length tempo events set; or a fixed fraction of a second. */
  readonly division:
    | { readonly kind: 'quarters'; readonly ticksPerQuarter: number }
    | { readonly kind: 'seconds'; readonly ticksPerSecond: number };
  readonly tracks: readonly (readonly MidiEvent[])[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** The last event of each track. */
export const END_OF_TRACK: MidiEvent = { deltaTime: 0, type: 'endOfTrack' };

/**
 * Number of ticks in a quarter note, a common choice. At a tempo of 125 quarters a minute, a tick is a millisecond,
 * so every step of 10 ms is a whole number of ticks.
 */
const TICKS_PER_QUARTER = 480;
const MICROSECONDS_PER_QUARTER = 480_000;
const TICKS_PER_STEP = 1000 / STEPS_PER_SECOND;

/**
 * Writes notes as a MIDI file of format 1: a track with the tempo, 125 quarters a minute, and one with a piano. Reading
 * the file gives the same steps. A note whose pitch already sounds goes to a separate track, because a note-off could
 * not distinguish the two.
 */
export function writeMidi(notes: readonly StepNote[]): Uint8Array {
  const inTicks = notes.map(({ startStep, endStep, pitch, velocity }) => {
    return { start: startStep * TICKS_PER_STEP, end: endStep * TICKS_PER_STEP, pitch, velocity };
  });
  const piano: MidiEvent = { deltaTime: 0, type: 'programChange', channel: 0, programNumber: 0 };
  const tracks = tracksOf(inTicks, 0, [piano]);
  const tempo: MidiEvent = {
    deltaTime: 0,
    type: 'setTempo',
    microsecondsPerBeat: MICROSECONDS_PER_QUARTER,
  };
  return fileOf(TICKS_PER_QUARTER, [tempo, END_OF_TRACK], tracks);
}

/** A chunk of a MIDI file: the header (`MThd`) or a track (`MTrk`). */
export interface Chunk {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Number of bytes of the header chunk after its name and its length. */
export const HEADER_BYTES = 6;
/** Number of bytes at the beginning of a chunk, which hold its name and its length. */
const CHUNK_START = 8;
/**
 * Number of events that are encoded at once: `midi-file` copies all bytes of a track for each delta time above 127.
 */
const EVENTS_AT_ONCE = 128;

/** Writes a MIDI file of format 1. Its first track has the events that apply to all tracks. */
function fileOf(
  ticksPerBeat: number,
  conductor: readonly MidiEvent[],
  tracks: readonly (readonly MidiEvent[])[],
): Uint8Array {
  const all = [conductor, ...tracks];
  const header = { format: 1 as const, numTracks: all.length, ticksPerBeat };
  const file = encodeMidi({ header, tracks: all.map(() => []) });
  return joinChunks([
    { id: 'MThd', bytes: Uint8Array.from(file.slice(CHUNK_START, CHUNK_START + HEADER_BYTES)) },
    ...all.map((track) => ({ id: 'MTrk', bytes: trackBytes(track) })),
  ]);
}

function trackBytes(track: readonly MidiEvent[]): Uint8Array {
  const header = { format: 0 as const, numTracks: 1 };
  const all: number[] = [];
  for (let at = 0; at < track.length; at += EVENTS_AT_ONCE) {
    const events = track.slice(at, at + EVENTS_AT_ONCE);
    const bytes = encodeMidi({ header, tracks: [events] });
    all.push(...bytes.slice(CHUNK_START + HEADER_BYTES + CHUNK_START));
  }
  return Uint8Array.from(all);
}

/** Returns the bytes of chunks, each after its name and its length. */
export function joinChunks(chunks: readonly Chunk[]): Uint8Array {
  const joined = new Uint8Array(
    chunks.reduce((sum, chunk) => sum + CHUNK_START + chunk.bytes.length, 0),
  );
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const { id, bytes } of chunks) {
    for (let i = 0; i < 4; i++) joined[at + i] = id.charCodeAt(i);
    view.setUint32(at + 4, bytes.length);
    joined.set(bytes, at + CHUNK_START);
    at += CHUNK_START + bytes.length;
  }
  return joined;
}

/**
 * Returns as few tracks of notes as possible in which no pitch sounds twice at once.
 *
 * @param beginning - Events with which each track begins.
 */
export function tracksOf(
  notes: readonly TrackNote[],
  channel: number,
  beginning: readonly MidiEvent[],
): MidiEvent[][] {
  return splitOverlaps(notes).map((track) => [
    ...beginning,
    ...noteEvents(channel, track),
    END_OF_TRACK,
  ]);
}

/**
 * Divides notes into as few tracks as possible, so that no pitch sounds twice in one: a note-off
 * could not distinguish the two notes.
 *
 * @returns notes in order of their starts, then pitches; one empty track for no notes.
 */
function splitOverlaps(notes: readonly TrackNote[]): readonly (readonly TrackNote[])[] {
  const tracks: { readonly notes: TrackNote[]; readonly freeFrom: Map<number, number> }[] = [];
  const sorted = [...notes].sort((a, b) => a.start - b.start || a.pitch - b.pitch);
  for (const note of sorted) {
    let track = tracks.find(({ freeFrom }) => (freeFrom.get(note.pitch) ?? 0) <= note.start);
    if (!track) tracks.push((track = { notes: [], freeFrom: new Map() }));
    track.notes.push(note);
    track.freeFrom.set(note.pitch, note.end);
  }
  return tracks.length === 0 ? [[]] : tracks.map((track) => track.notes);
}

/**
 * Channels of instruments other than drums. If a score has more instruments than channels, the channels are reused in
 * turn.
 */
export const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];

/**
 * Writes a score as a MIDI file of format 1: a track with tempos and time signatures, and one for each part,
 * with its name. Notes of a part whose pitch already sounds go to a further track.
 */
export function writeScore({ ticksPerQuarter, parts, tempos, timeSignatures }: Score): Uint8Array {
  const changes: TimedEvent[] = [
    ...timeSignatures.map(({ tick, beats: numerator, beatType: denominator }): TimedEvent => {
      const click = { metronome: 24, thirtyseconds: 8 };
      return { tick, order: 0, event: { type: 'timeSignature', numerator, denominator, ...click } };
    }),
    ...tempos.map(({ tick, microsecondsPerQuarter: microsecondsPerBeat }): TimedEvent => {
      return { tick, order: 1, event: { type: 'setTempo', microsecondsPerBeat } };
    }),
  ];
  let pitched = 0;
  const tracks = parts.flatMap((part) =>
    partTracks(part, part.program === DRUMS ? DRUM_CHANNEL : CHANNELS[pitched++ % CHANNELS.length]),
  );
  return fileOf(ticksPerQuarter, [...withDeltas(changes), END_OF_TRACK], tracks);
}

/** Returns the MIDI tracks of a part on a channel, each with the name and the program of the part. */
export function partTracks({ name, program, notes }: ScorePart, channel: number): MidiEvent[][] {
  const beginning: MidiEvent[] = [
    { deltaTime: 0, type: 'trackName', text: name ?? programName(program) },
    {
      deltaTime: 0,
      type: 'programChange',
      channel,
      programNumber: program === DRUMS ? 0 : program,
    },
  ];
  const timed = notes.map(({ tick, durationTicks, pitch, velocity }) => {
    return { start: tick, end: tick + durationTicks, pitch, velocity };
  });
  return tracksOf(timed, channel, beginning);
}

/** A note of a track, in ticks. */
export interface TrackNote extends SoundingNote {
  readonly velocity: number;
}

/**
 * Returns the events of notes on a channel. At each tick, notes end before others begin, so that a pitch can
 * be struck again.
 */
export function noteEvents(channel: number, notes: readonly TrackNote[]): MidiEvent[] {
  return withDeltas(
    notes.flatMap(({ start, end, pitch: noteNumber, velocity }) => [
      { tick: start, order: 1, event: { type: 'noteOn', channel, noteNumber, velocity } },
      { tick: end, order: 0, event: { type: 'noteOff', channel, noteNumber, velocity: 0 } },
    ]),
  );
}

/** An event at a tick, without its delta time. */
export interface TimedEvent {
  readonly tick: number;
  /** Position among the events at one tick: lower numbers come first. */
  readonly order: number;
  readonly event: EventBody;
}

type EventBody = MidiEvent extends infer Kind
  ? Kind extends MidiEvent
    ? Omit<Kind, 'deltaTime'>
    : never
  : never;

/** Sorts events and adds their delta times. */
export function withDeltas(events: readonly TimedEvent[]): MidiEvent[] {
  const sorted = [...events].sort((a, b) => a.tick - b.tick || a.order - b.order);
  return sorted.map(({ tick, event }, i) => {
    return { deltaTime: tick - (sorted[i - 1]?.tick ?? 0), ...event };
  });
}
