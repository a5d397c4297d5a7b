import type { MidiEvent } from 'midi-file';

import { tempoMap } from '../midi/collect-notes.js';
import { isKey, keyOf, parseMeter } from '../midi/parse-midi.js';
import { readTracks } from '../midi/read-tracks.js';
import { listAt } from '../notes/note.js';
import { programName } from './instruments.js';
import {
  barTicks,
  type KeyChange,
  lastTick,
  type Score,
  type ScoreNote,
  type ScorePart,
  soundOn,
  type TempoChange,
  type TimeSignature,
} from './score.js';

/** Maximum length of a file in quarters. A longer file is damaged, or would fill the memory with its bars. */
const MAX_QUARTERS = 200_000;

/**
 * Reads the parts, tempos and time signatures of a MIDI file of format 0, 1 or 2, in ticks, as symusic 0.6
 * does.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
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
  const keys: KeyChange[] = [];
  for (const [tick, event] of tracks.flatMap((events) => [...timed(events)])) {
    if (event.type === 'setTempo') {
      const microsecondsPerQuarter = event.microsecondsPerBeat;
      if (microsecondsPerQuarter === 0) {
        throw new RangeError(`${name}: expected a tempo above 0, got 0`);
      }
      tempos.push({ tick, microsecondsPerQuarter });
    } else if (event.type === 'timeSignature') {
      timeSignatures.push({ tick, beats: event.numerator, beatType: event.denominator });
    } else if (isKey(event)) {
      keys.push({ tick, key: keyOf(event) });
    }
  }
  const parts = tracks.flatMap(collectParts);
  const last = [...tempos, ...timeSignatures].reduce((end, { tick }) => Math.max(end, tick), 0);
  const quarters = Math.ceil(Math.max(last, lastTick(parts)) / ticksPerQuarter);
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
    ...(keys.length > 0 && { keys: keys.sort((a, b) => a.tick - b.tick) }),
    repairs,
  };
}

/**
 * Returns the times in seconds at which the bars of a MIDI file begin, and the end of its last bar.
 *
 * @param name - Name of the file, for error messages.
 * @returns `undefined` if the notes follow no bars, as in a recorded performance.
 */
export function barSeconds(name: string, bytes: Uint8Array): readonly number[] | undefined {
  if (parseMeter(name, bytes) === undefined) return undefined;
  return barTicks(parseScore(name, bytes)).map(tempoMap(name, readTracks(name, bytes)));
}

/** Yields each event of a track with its tick, until the event `endOfTrack`. */
function* timed(events: readonly MidiEvent[]): Generator<readonly [number, MidiEvent]> {
  let tick = 0;
  for (const event of events) {
    tick += event.deltaTime;
    if (event.type === 'endOfTrack') return;
    yield [tick, event];
  }
}

/** Channel to which symusic assigns lyrics, which have no channel. */
const LYRICS_CHANNEL = 15;

/** A note whose duration is absent until its note-off is read. */
interface OpenNote extends Omit<ScoreNote, 'durationTicks'> {
  durationTicks?: number;
}

/**
 * Collects the parts of a track by the rules of symusic. A part is a program in a channel with at least one
 * note. Parts are in the order of channels, then programs. A note-off ends the first sounding note of its
 * pitch and channel, for any program. Notes that never end are dropped. Events after the end of the track are
 * ignored. A single part has the track's name, unless that is its instrument's.
 *
 * @see https://github.com/Yikai-Liao/symusic, `src/io/midi.cpp`
 */
function collectParts(events: readonly MidiEvent[]): ScorePart[] {
  const parts = new Map<number, OpenNote[]>(); // by channel and program
  const open = new Map<number, OpenNote[]>(); // by channel and pitch
  const programs = new Uint8Array(16);
  let name = '';
  const partOf = (channel: number): OpenNote[] => listAt(parts, channel * 128 + programs[channel]);
  for (const [tick, event] of timed(events)) {
    switch (event.type) {
      case 'programChange':
        programs[event.channel] = event.programNumber;
        break;
      case 'noteOn': {
        const note: OpenNote = { tick, pitch: event.noteNumber, velocity: event.velocity };
        partOf(event.channel).push(note);
        listAt(open, event.channel * 128 + event.noteNumber).push(note);
        break;
      }
      case 'noteOff': {
        const first = open.get(event.channel * 128 + event.noteNumber)?.shift();
        if (first) first.durationTicks = tick - first.tick;
        break;
      }
      case 'trackName':
        name ||= decodeText(event.text);
        break;
      case 'lyrics':
        if (event.text !== '') partOf(LYRICS_CHANNEL);
        break;
    }
  }
  return [...parts]
    .sort(([a], [b]) => a - b)
    .map(([key, notes]) => {
      const program = soundOn(Math.floor(key / 128), key % 128);
      const isNamed = parts.size === 1 && name !== '' && name !== programName(program);
      return { ...(isNamed && { name }), program, notes: notes.filter(hasEnded) };
    });
}

/**
 * Decodes a text of a MIDI file, which is UTF-8 or else Latin-1, without control characters.
 *
 * @param text - A character for each byte, as midi-file reads it, or text of MusicXML.
 */
function decodeText(text: string): string {
  let decoded = text;
  if (/^[\0-\xff]*$/.test(text)) {
    try {
      const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
      decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      // Latin-1 has the same characters as the first 256 of Unicode.
    }
  }
  return decoded.replace(/\p{Cc}/gu, '').trim();
}

function hasEnded(note: OpenNote): note is ScoreNote {
  return note.durationTicks !== undefined;
}
