import { encodeNotes, eventOf, STEPS_PER_SECOND } from '../events/events.js';
import type { Controls } from '../controls/control-ids.js';
import { type Meter, meterUntil, type MidiPiece, type Note } from '../notes/note.js';

/**
 * The prompt of a performance: nothing, a piece or its beginning, or a melody to accompany; and, for domains
 * with controls, what it should be like.
 */
export interface MusicPrompt extends Controls {
  readonly piece?: Pick<MidiPiece, 'notes' | 'pedal' | 'meter'>;
  /**
   * Length of the piece's beginning that is used; default: all of it. Notes that sound at its end
   * continue.
   */
  readonly seconds?: number;
  /** A melody to accompany, for domains with accompaniment. */
  readonly melody?: MusicPrompt['piece'];
}

/**
 * The events of a piece's notes that count, those before a time.
 *
 * @param name - Of the piece, for the error.
 * @throws RangeError if the piece has no such notes.
 */
export type EventsOf = (
  name: string,
  piece: Required<MusicPrompt>['piece'],
  seconds?: number,
) => Int32Array;

/** The events of notes that happen before a time. */
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

/** The meter of the piece or melody of a prompt, up to the end of what is used of it, if it has one. */
export function promptMeter({ piece, melody, seconds = Infinity }: MusicPrompt): Meter | undefined {
  const source = melody ?? piece;
  if (source?.meter === undefined) return undefined;
  const lastNote = source.notes.reduce((last, note) => Math.max(last, note.endSeconds), 0);
  const end = source.pedal.reduce((last, move) => Math.max(last, move.seconds), lastNote);
  return meterUntil(source.meter, Math.min(seconds, end));
}
