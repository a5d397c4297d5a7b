import { type MidiEvent, writeMidi } from 'midi-file';

import type { SheetKey } from '../musicxml/sheet.js';
import type { Meter, MeterTempo, MidiPiece } from '../notes/note.js';
import { collectNotes, tempoMap, tempoSegments } from './collect-notes.js';
import { isMusicXml } from '../musicxml/music-xml-file.js';
import { readTracks } from './read-tracks.js';

/** Maximum length of a file in hours. A file with longer music is damaged, or would fill the memory. */
const MAX_HOURS = 24;

/**
 * Reads the notes and pedal of a MIDI file of format 0, 1 or 2, in seconds, as pretty_midi 0.2 and note-seq
 * do. The tracks of format 2 sound together.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
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

/**
 * Returns a file of music as a MIDI file: MIDI unchanged, MusicXML converted.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
 */
export function toMidi(name: string, bytes: Uint8Array): Uint8Array {
  if (!isMusicXml(bytes)) return bytes;
  const { division, tracks } = readTracks(name, bytes);
  const ticksPerBeat = division.kind === 'quarters' ? division.ticksPerQuarter : undefined;
  const header = { format: 1, numTracks: tracks.length, ticksPerBeat } as const;
  return Uint8Array.from(writeMidi({ header, tracks: tracks.map((events) => [...events]) }));
}

function latest<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((last, item) => Math.max(last, item[key]), 0);
}

/** Maximum distance, in quarters, at which an onset counts as on the grid of sixteenths and triplet eighths. */
const NEAR = 1 / 32;
/** Minimum fraction of notes on the grid in music with a known meter; for random notes, it is 0.375. */
const GRID_SHARE = 0.55;
const MAX_FIFTHS = 7;

/**
 * Reads the tempos, time signatures and keys of a MIDI file.
 *
 * @param name - Name of the file, for error messages.
 * @returns `undefined` if the file has no meaningful beats: ticks are fractions of a second, or the meter
 *   never changes and the notes follow no grid, as in a recorded performance.
 * @throws RangeError with the name of the file and its fault.
 */
export function parseMeter(name: string, bytes: Uint8Array): Meter | undefined {
  const file = readTracks(name, bytes);
  if (file.division.kind === 'seconds') return undefined;
  const { ticksPerQuarter } = file.division;
  const timeSignatures: Meter['timeSignatures'][number][] = [];
  const keys: Meter['keys'][number][] = [];
  const starts: number[] = [];
  for (const events of file.tracks) {
    let tick = 0;
    for (const event of events) {
      tick += event.deltaTime;
      const quarter = tick / ticksPerQuarter;
      if (event.type === 'noteOn') starts.push(quarter);
      else if (event.type === 'timeSignature' && event.numerator > 0) {
        timeSignatures.push({ quarter, beats: event.numerator, beatType: event.denominator });
      } else if (isKey(event)) {
        keys.push({ quarter, key: keyOf(event) });
      }
    }
  }
  const tempos = tempoSegments(name, file, ticksPerQuarter).map(
    ({ startTick, startSeconds, secondsPerTick }): MeterTempo => ({
      quarter: startTick / ticksPerQuarter,
      seconds: startSeconds,
      secondsPerQuarter: secondsPerTick * ticksPerQuarter,
    }),
  );
  const onGrid = starts.filter((start) => Math.min(distance(start, 4), distance(start, 3)) < NEAR);
  const signatures = new Set(timeSignatures.map(({ beats, beatType }) => `${beats}/${beatType}`));
  const isSteady = tempos.length === 1 && signatures.size <= 1;
  if (isSteady && !(onGrid.length >= GRID_SHARE * starts.length)) return undefined;
  const inTime = (a: { quarter: number }, b: { quarter: number }): number => a.quarter - b.quarter;
  return { tempos, timeSignatures: timeSignatures.sort(inTime), keys: keys.sort(inTime) };
}

type KeyEvent = Extract<MidiEvent, { type: 'keySignature' }>;

/** Whether an event is a key signature with at most seven sharps or flats. */
export function isKey(event: MidiEvent): event is KeyEvent {
  return event.type === 'keySignature' && Math.abs(event.key) <= MAX_FIFTHS;
}

/** Returns the key of a key signature event. */
export function keyOf({ key: fifths, scale }: KeyEvent): SheetKey {
  return { fifths, mode: scale === 1 ? 'minor' : 'major' };
}

/** Distance of a position from the nearest multiple of `1 / parts` of a quarter. */
function distance(quarter: number, parts: number): number {
  return Math.abs(quarter * parts - Math.round(quarter * parts)) / parts;
}
