import type { MidiEvent } from 'midi-file';

import type { MidiPiece } from '../notes/note.js';
import { collectNotes, tempoMap } from './collect-notes.js';
import { readTracks } from './read-tracks.js';

/** Maximum length of a file. One with longer events is damaged, or would fill the memory. */
const MAX_HOURS = 24;

/**
 * Notes and pedal of a MIDI file of format 0, 1 or 2, in seconds, as pretty_midi 0.2 and note-seq read
 * them. The tracks of format 2 sound together.
 *
 * @param name - Of the file, for error messages.
 * @throws RangeError that names the file and what is wrong with it.
 */
export function parseMidi(name: string, bytes: Uint8Array): MidiPiece {
  const file = readTracks(name, bytes);
  const { notes, pedal } = collectNotes(file.tracks, tempoMap(name, file));
  const seconds = Math.max(latest(notes, 'endSeconds'), latest(pedal, 'seconds'));
  if (seconds > MAX_HOURS * 3600) {
    const hours = (seconds / 3600).toFixed(1);
    throw new RangeError(`${name}: expected at most ${MAX_HOURS} hours, got ${hours}`);
  }
  return { name, notes, pedal, repairs: file.repairs };
}

function latest<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((last, item) => Math.max(last, item[key]), 0);
}

/** The last event of each track. */
export const END_OF_TRACK: MidiEvent = { deltaTime: 0, type: 'endOfTrack' };

/** A note of a track, in ticks. */
export interface TrackNote {
  readonly start: number;
  readonly end: number;
  readonly pitch: number;
  readonly velocity: number;
}

/**
 * The events of notes on a channel. At one tick what sounded ends first, so that its pitch can be struck
 * again.
 */
export function noteEvents(channel: number, notes: readonly TrackNote[]): MidiEvent[] {
  return withDeltas(
    notes.flatMap(({ start, end, pitch: noteNumber, velocity }) => [
      { tick: start, order: 1, event: { type: 'noteOn', channel, noteNumber, velocity } },
      { tick: end, order: 0, event: { type: 'noteOff', channel, noteNumber, velocity: 0 } },
    ]),
  );
}

/** An event at a tick, without its distance to the one before. */
export interface TimedEvent {
  readonly tick: number;
  /** Order of events at one tick: ascending. */
  readonly order: number;
  readonly event: EventBody;
}

type EventBody = MidiEvent extends infer Kind
  ? Kind extends MidiEvent
    ? Omit<Kind, 'deltaTime'>
    : never
  : never;

/** Events in order, each with its distance to the one before. */
export function withDeltas(events: readonly TimedEvent[]): MidiEvent[] {
  const sorted = [...events].sort((a, b) => a.tick - b.tick || a.order - b.order);
  return sorted.map(({ tick, event }, i) => {
    return { deltaTime: tick - (sorted[i - 1]?.tick ?? 0), ...event };
  });
}
