import type { MidiEvent } from 'midi-file';

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
  /** Events at one tick stand in ascending order of it. */
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
