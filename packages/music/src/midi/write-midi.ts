import { type MidiEvent, writeMidi as writeFile } from 'midi-file';

import { STEPS_PER_SECOND } from '../events/events.js';
import type { StepNote } from '../notes/note.js';
import { splitOverlaps } from './split-overlaps.js';
import { END_OF_TRACK, noteEvents } from './parse-midi.js';

/** With a common division, a tempo that makes a tick a millisecond: every step is a whole tick. */
const TICKS_PER_QUARTER = 480;
const MICROSECONDS_PER_QUARTER = 480_000;
const TICKS_PER_STEP = 1000 / STEPS_PER_SECOND;

/**
 * Notes as a MIDI file of format 1: a track with the tempo, 125 quarters a minute, and one with a
 * piano. Reading it gives the same steps. A note whose pitch sounds already goes to a separate
 * track, because a note-off could not distinguish the two.
 */
export function writeMidi(notes: readonly StepNote[]): Uint8Array {
  const inTicks = notes.map(({ startStep, endStep, pitch, velocity }) => {
    return { start: startStep * TICKS_PER_STEP, end: endStep * TICKS_PER_STEP, pitch, velocity };
  });
  const tracks = splitOverlaps(inTicks).map((track): MidiEvent[] => [
    { deltaTime: 0, type: 'programChange', channel: 0, programNumber: 0 },
    ...noteEvents(0, track),
    END_OF_TRACK,
  ]);
  const tempo: MidiEvent = {
    deltaTime: 0,
    type: 'setTempo',
    microsecondsPerBeat: MICROSECONDS_PER_QUARTER,
  };
  const header = {
    format: 1 as const,
    numTracks: tracks.length + 1,
    ticksPerBeat: TICKS_PER_QUARTER,
  };
  return Uint8Array.from(writeFile({ header, tracks: [[tempo, END_OF_TRACK], ...tracks] }));
}
