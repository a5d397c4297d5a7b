import type { MidiEvent } from 'midi-file';

import { firstIndex } from '../notes/meter.js';
import type { MidiTracks } from './read-tracks.js';

/** A stretch of one tempo, which lasts until the next one begins. */
export interface Segment {
  readonly startTick: number;
  readonly startSeconds: number;
  readonly secondsPerTick: number;
}

/** Tempo where a file says none, in quarters a minute. */
const DEFAULT_BPM = 120;

/**
 * Converts ticks to seconds by pretty_midi's rules and formula, to the last bit: only tempo events
 * of the first track count, and the last of several at tick 0.
 *
 * @throws RangeError when a tempo is 0.
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
 * The stretches of one tempo of a file, the first from tick 0 on.
 *
 * @throws RangeError when a tempo is 0.
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
  for (const { tick, microseconds } of tempos(first)) {
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

function* tempos(
  events: readonly MidiEvent[],
): Generator<{ readonly tick: number; readonly microseconds: number }> {
  let tick = 0;
  for (const event of events) {
    tick += event.deltaTime;
    if (event.type === 'setTempo') yield { tick, microseconds: event.microsecondsPerBeat };
  }
}

function secondsAt({ startTick, startSeconds, secondsPerTick }: Segment, tick: number): number {
  return startSeconds + secondsPerTick * (tick - startTick);
}
