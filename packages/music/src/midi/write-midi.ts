import { type MidiEvent, writeMidi as writeFile } from 'midi-file';

import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';

/** With a common division, a tempo that makes a tick a millisecond: every step is a whole tick. */
const TICKS_PER_QUARTER = 480;
const MICROSECONDS_PER_QUARTER = 480_000;
const TICKS_PER_STEP = 1000 / STEPS_PER_SECOND;

const END: MidiEvent = { deltaTime: 0, type: 'endOfTrack' };

/**
 * Notes as a MIDI file of format 1: a track with the tempo, 125 quarters a minute, and one with a
 * piano. Reading it gives the same steps. A note whose pitch sounds already goes to a track of its
 * own, since a note-off could not tell the two apart.
 */
export function writeMidi(notes: readonly StepNote[]): Uint8Array {
  const tracks = tracksOf(notes).map((track): MidiEvent[] => [
    { deltaTime: 0, type: 'programChange', channel: 0, programNumber: 0 },
    ...eventsOf(track),
    END,
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
  return Uint8Array.from(writeFile({ header, tracks: [[tempo, END], ...tracks] }));
}

/** Divides notes into as few tracks as it takes for no pitch to sound twice in one. */
function tracksOf(notes: readonly StepNote[]): readonly (readonly StepNote[])[] {
  const tracks: { readonly notes: StepNote[]; readonly freeFrom: Map<number, number> }[] = [];
  const sorted = [...notes].sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
  for (const note of sorted) {
    let track = tracks.find(({ freeFrom }) => (freeFrom.get(note.pitch) ?? 0) <= note.startStep);
    if (!track) tracks.push((track = { notes: [], freeFrom: new Map() }));
    track.notes.push(note);
    track.freeFrom.set(note.pitch, note.endStep);
  }
  return tracks.length === 0 ? [[]] : tracks.map((track) => track.notes);
}

function eventsOf(notes: readonly StepNote[]): MidiEvent[] {
  const actions = notes.flatMap(({ startStep, endStep, pitch, velocity }) => [
    { step: startStep, type: 'noteOn' as const, pitch, velocity },
    { step: endStep, type: 'noteOff' as const, pitch, velocity: 0 },
  ]);
  // At one step what sounded ends first, so that its pitch can be struck again; the sort is stable.
  const order = { noteOff: 0, noteOn: 1 };
  actions.sort((a, b) => a.step - b.step || order[a.type] - order[b.type]);
  let now = 0;
  return actions.map(({ step, type, pitch, velocity }) => {
    const deltaTime = (step - now) * TICKS_PER_STEP;
    now = step;
    return { deltaTime, type, channel: 0, noteNumber: pitch, velocity };
  });
}
