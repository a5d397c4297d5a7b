import type { MidiEvent } from 'midi-file';

import { DRUMS, type ScoreNote, type ScorePart } from './score.js';

const DRUM_CHANNEL = 9;
/** Lyrics belong to no channel; symusic counts them to this one. */
const LYRICS_CHANNEL = 15;

/** A note that has not ended has no duration yet. */
interface OpenNote extends Omit<ScoreNote, 'durationTicks'> {
  durationTicks?: number;
}

/**
 * The parts of a track by the rules of symusic: a part is a program in a channel, there from its first
 * note on and in the order of channels, then programs; a note-off ends the first of the notes of its
 * pitch and channel that sound, at any tick and whatever the program; what is never ended is dropped.
 * Events after the end of the track do not count.
 *
 * @see https://github.com/Yikai-Liao/symusic, `src/io/midi.cpp`
 */
export function collectParts(events: readonly MidiEvent[]): ScorePart[] {
  const parts = new Map<number, OpenNote[]>(); // by channel and program
  const open = new Map<number, OpenNote[]>(); // by channel and pitch
  const programs = new Uint8Array(16);
  const partOf = (channel: number): OpenNote[] => {
    const key = channel * 128 + programs[channel];
    let part = parts.get(key);
    if (part === undefined) parts.set(key, (part = []));
    return part;
  };
  let tick = 0;
  for (const event of events) {
    tick += event.deltaTime;
    if (event.type === 'endOfTrack') break;
    switch (event.type) {
      case 'programChange':
        programs[event.channel] = event.programNumber;
        break;
      case 'noteOn': {
        const note: OpenNote = { tick, pitch: event.noteNumber, velocity: event.velocity };
        partOf(event.channel).push(note);
        const key = event.channel * 128 + event.noteNumber;
        const sounding = open.get(key);
        if (sounding) sounding.push(note);
        else open.set(key, [note]);
        break;
      }
      case 'noteOff': {
        const first = open.get(event.channel * 128 + event.noteNumber)?.shift();
        if (first) first.durationTicks = tick - first.tick;
        break;
      }
      case 'lyrics':
        if (event.text !== '') partOf(LYRICS_CHANNEL);
        break;
    }
  }
  return [...parts]
    .sort(([a], [b]) => a - b)
    .map(([key, notes]) => ({
      program: Math.floor(key / 128) === DRUM_CHANNEL ? DRUMS : key % 128,
      notes: notes.filter(hasEnded),
    }));
}

function hasEnded(note: OpenNote): note is ScoreNote {
  return note.durationTicks !== undefined;
}
