import { encodeNotes, eventOf, STEPS_PER_SECOND } from '../events/events.js';
import type { Controls } from '../controls/control-ids.js';
import { type Meter, meterUntil, type MidiPiece, type Note } from '../notes/note.js';

/**
 * The prompt of a performance: nothing, a piece or its beginning, or a melody to accompany, and controls for
 * domains that have them.
 */
export interface MusicPrompt extends Controls {
  readonly piece?: Pick<MidiPiece, 'notes' | 'pedal' | 'meter'>;
  /** Seconds of the piece that are used; default: all. Notes that sound at the end continue. */
  readonly seconds?: number;
  /** A melody to accompany, for domains with accompaniment. */
  readonly melody?: MusicPrompt['piece'];
}

/**
 * Returns the events of a piece's used notes before a time.
 *
 * @param name - Name of the piece, for the error.
 * @throws RangeError if the piece has no such notes.
 */
export type EventsOf = (
  name: string,
  piece: Required<MusicPrompt>['piece'],
  seconds?: number,
) => Int32Array;

/** Returns the events of notes before a time. */
export function eventsBefore(notes: readonly Note[], seconds = Infinity): Int32Array {
  const ids = encodeNotes(notes);
  let step = 0;
  const end = ids.findIndex((id) => {
    const event = eventOf(id);
    if (event?.kind === 'shift') step += event.steps;
    return step >= seconds * STEPS_PER_SECOND;
  });
  return end < 0 ? ids : ids.subarray(0, end);
}

/** Returns the meter of a prompt's piece or melody, up to the end of the used part, if it has one. */
export function promptMeter({ piece, melody, seconds = Infinity }: MusicPrompt): Meter | undefined {
  const source = melody ?? piece;
  if (source?.meter === undefined) return undefined;
  const lastNote = source.notes.reduce((last, note) => Math.max(last, note.endSeconds), 0);
  const end = source.pedal.reduce((last, move) => Math.max(last, move.seconds), lastNote);
  return meterUntil(source.meter, Math.min(seconds, end));
}
