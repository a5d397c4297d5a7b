import type { MidiEvent } from 'midi-file';

import { firstIndex, listAt, type PedalMove, type StruckNote } from '../notes/note.js';
import { DRUM_CHANNEL } from '../score/score.js';
import type { MidiTracks } from './write-midi.js';

/** Notes of an instrument. Instruments are numbered in the order in which their first notes end. */
interface Part {
  readonly instrument: number;
  readonly program: number;
  readonly isDrum: boolean;
  readonly notes: StruckNote[];
  /**
   * Pedal moves, which may belong to several parts: moves before a program's first note are added to each part that
   * follows.
   */
  readonly pedal: Omit<PedalMove, 'instrument'>[];
}

interface OpenNote {
  readonly tick: number;
  readonly velocity: number;
}

/** MIDI controller number of the sustain pedal. */
export const SUSTAIN = 64;

/**
 * Collects the notes and pedal moves of all tracks, by the rules of pretty_midi. An instrument is a program
 * in a channel of a track; it exists from the end of its first note. A note-off closes all notes of its pitch
 * and channel that were struck at an earlier tick. If there are no such notes, it drops the notes struck at
 * its own tick. Notes that are never closed are dropped.
 *
 * @param secondsOf - Returns the time of a tick.
 * @see https://github.com/craffel/pretty-midi, `_load_instruments`
 */
export function collectNotes(
  tracks: readonly (readonly MidiEvent[])[],
  secondsOf: (tick: number) => number,
): { readonly notes: StruckNote[]; readonly pedal: PedalMove[] } {
  const parts: Part[] = [];
  for (const events of tracks) parts.push(...collectTrack(events, secondsOf, parts.length));
  return {
    notes: parts.flatMap(({ notes }) => notes),
    pedal: parts.flatMap(({ pedal, instrument }) =>
      pedal.map(({ seconds, value }) => ({ seconds, value, instrument })),
    ),
  };
}

function collectTrack(
  events: readonly MidiEvent[],
  secondsOf: (tick: number) => number,
  firstInstrument: number,
): Part[] {
  const parts = new Map<number, Part>(); // by program and channel
  const early = new Map<number, Part['pedal']>(); // by channel: moves before a part
  const open = new Map<number, OpenNote[]>(); // by channel and pitch
  const programs = new Uint8Array(16);
  const partKey = (channel: number): number => programs[channel] * 16 + channel;
  let tick = 0;
  const partOf = (channel: number): Part => {
    const part = parts.get(partKey(channel)) ?? {
      instrument: firstInstrument + parts.size,
      program: programs[channel],
      isDrum: channel === DRUM_CHANNEL,
      notes: [],
      pedal: early.get(channel) ?? [],
    };
    parts.set(partKey(channel), part);
    return part;
  };
  const endNotes = (channel: number, pitch: number): void => {
    const ended = closeNotes(open, keyOf(channel, pitch), tick);
    if (ended.length === 0) return;
    const { notes, instrument, program, isDrum } = partOf(channel);
    const endSeconds = secondsOf(tick);
    for (const { tick: startTick, velocity } of ended) {
      const startSeconds = secondsOf(startTick);
      notes.push({ startSeconds, endSeconds, pitch, velocity, instrument, program, isDrum });
    }
  };
  const movePedal = (channel: number, value: number): void => {
    const moves = parts.get(partKey(channel))?.pedal ?? listAt(early, channel);
    moves.push({ seconds: secondsOf(tick), value });
  };
  for (const event of events) {
    tick += event.deltaTime;
    switch (event.type) {
      case 'programChange':
        programs[event.channel] = event.programNumber;
        break;
      case 'noteOn':
        listAt(open, keyOf(event.channel, event.noteNumber)).push({
          tick,
          velocity: event.velocity,
        });
        break;
      case 'noteOff':
        endNotes(event.channel, event.noteNumber);
        break;
      case 'controller':
        if (event.controllerType === SUSTAIN) movePedal(event.channel, event.value);
        break;
    }
  }
  return [...parts.values()];
}

/** Returns the key of a channel and a pitch in the map of open notes. */
function keyOf(channel: number, pitch: number): number {
  return channel * 128 + pitch;
}

/**
 * Closes and returns the open notes of a channel and pitch (`key`) that were struck before `tick`. If none was, drops
 * the notes that were struck at `tick`.
 */
function closeNotes(open: Map<number, OpenNote[]>, key: number, tick: number): readonly OpenNote[] {
  const struck = open.get(key) ?? [];
  const ended = struck.filter((note) => note.tick !== tick);
  const kept = struck.filter((note) => note.tick === tick);
  if (ended.length > 0 && kept.length > 0) open.set(key, kept);
  else open.delete(key);
  return ended;
}

/** A segment of one tempo, which lasts until the next one begins. */
export interface Segment {
  readonly startTick: number;
  readonly startSeconds: number;
  readonly secondsPerTick: number;
}

/** Tempo of a file without tempo events, in quarters a minute. */
const DEFAULT_BPM = 120;

/**
 * Returns a function that converts ticks of a MIDI file to seconds, by pretty_midi's rules and formula, with results
 * that are equal to the last bit. Only tempo events of the first track count; if several are at tick 0, only the last
 * one counts.
 *
 * @throws RangeError if a tempo is 0.
 */
export function tempoMap(name: string, file: MidiTracks): (tick: number) => number {
  const { division } = file;
  if (division.kind === 'seconds') return (tick) => tick / division.ticksPerSecond;
  const segments = tempoSegments(name, file, division.ticksPerQuarter);
  return (tick) => {
    const next = firstIndex(segments, ({ startTick }) => startTick > tick);
    return secondsAt(segments[next - 1], tick);
  };
}

/**
 * Returns the segments of constant tempo of a file, in order; the first begins at tick 0.
 *
 * @throws RangeError if a tempo is 0.
 */
export function tempoSegments(
  name: string,
  { tracks: [first] }: Pick<MidiTracks, 'tracks'>,
  ticksPerQuarter: number,
): readonly Segment[] {
  const secondsPerTick = (bpm: number): number => 60 / (bpm * ticksPerQuarter);
  let segments: Segment[] = [
    { startTick: 0, startSeconds: 0, secondsPerTick: secondsPerTick(DEFAULT_BPM) },
  ];
  let tick = 0;
  for (const event of first) {
    tick += event.deltaTime;
    if (event.type !== 'setTempo') continue;
    const microseconds = event.microsecondsPerBeat;
    if (microseconds === 0) throw new RangeError(`${name}: expected a tempo above 0, got 0`);
    const segment = { startTick: tick, secondsPerTick: secondsPerTick(6e7 / microseconds) };
    const last = segments[segments.length - 1];
    if (tick === 0) segments = [{ ...segment, startSeconds: 0 }];
    else if (segment.secondsPerTick !== last.secondsPerTick) {
      segments.push({ ...segment, startSeconds: secondsAt(last, tick) });
    }
  }
  return segments;
}

function secondsAt({ startTick, startSeconds, secondsPerTick }: Segment, tick: number): number {
  return startSeconds + secondsPerTick * (tick - startTick);
}
