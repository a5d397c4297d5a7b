import type { MidiEvent } from 'midi-file';

import { readTracks } from '../midi/read-tracks.js';
import { collectParts } from './collect-parts.js';
import type { Score, TempoChange, TimeSignature } from './score.js';

/** A file that says that it lasts longer is damaged, or would fill the memory with its bars. */
const MAX_QUARTERS = 200_000;

/**
 * The parts, tempos and time signatures of a MIDI file of format 0, 1 or 2, in ticks, as symusic 0.6 reads
 * them.
 *
 * @param name - Of the file, for error messages.
 * @throws RangeError that names the file and what is wrong with it.
 */
export function parseScore(name: string, bytes: Uint8Array): Score {
  const { division, tracks, repairs } = readTracks(name, bytes);
  if (division.kind === 'seconds') {
    const got = `${division.ticksPerSecond} ticks a second`;
    throw new RangeError(`${name}: expected ticks that divide a quarter note, got ${got}`);
  }
  const { ticksPerQuarter } = division;
  const tempos: TempoChange[] = [];
  const timeSignatures: TimeSignature[] = [];
  for (const [tick, event] of tracks.flatMap((events) => [...timed(events)])) {
    if (event.type === 'setTempo') {
      const microsecondsPerQuarter = event.microsecondsPerBeat;
      if (microsecondsPerQuarter === 0) {
        throw new RangeError(`${name}: expected a tempo above 0, got 0`);
      }
      tempos.push({ tick, microsecondsPerQuarter });
    } else if (event.type === 'timeSignature') {
      timeSignatures.push({ tick, beats: event.numerator, beatType: event.denominator });
    }
  }
  const parts = tracks.flatMap(collectParts);
  const ends = parts.map(({ notes }) => notes.reduce((end, note) => Math.max(end, endOf(note)), 0));
  const last = [...tempos, ...timeSignatures].reduce((end, { tick }) => Math.max(end, tick), 0);
  const quarters = Math.ceil(Math.max(last, ...ends) / ticksPerQuarter);
  if (quarters > MAX_QUARTERS) {
    throw new RangeError(
      `${name}: expected at most ${MAX_QUARTERS} quarter notes from its beginning to its end, got ${quarters}`,
    );
  }
  return {
    name,
    ticksPerQuarter,
    parts,
    tempos: tempos.sort((a, b) => a.tick - b.tick),
    timeSignatures: timeSignatures.sort((a, b) => a.tick - b.tick),
    repairs,
  };
}

function endOf({ tick, durationTicks }: { tick: number; durationTicks: number }): number {
  return tick + durationTicks;
}

/** The events of a track with their ticks, up to its end. */
function* timed(events: readonly MidiEvent[]): Generator<readonly [number, MidiEvent]> {
  let tick = 0;
  for (const event of events) {
    tick += event.deltaTime;
    if (event.type === 'endOfTrack') return;
    yield [tick, event];
  }
}
