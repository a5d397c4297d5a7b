import type { MidiPiece } from '../notes/note.js';
import { collectNotes } from './collect-notes.js';
import { readTracks } from './read-tracks.js';
import { tempoMap } from './tempo-map.js';

/** A file whose events say that it lasts longer is damaged, or would fill the memory. */
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
