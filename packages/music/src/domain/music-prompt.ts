import {
  binVelocity,
  decodeEvents,
  encodeNotes,
  END,
  eventOf,
  MAX_SHIFT_STEPS,
  NOTE_OFF,
  SHIFT,
  stepAt,
  STEPS_PER_SECOND,
} from '../events/events.js';
import type { Controls } from '../controls/control-ids.js';
import type { FillRegion } from '../fill/fill-region.js';
import type { CutCrop, FillPrompt } from '../fill/infill-domain.js';
import { stateAfter, type Strikes } from '../grammar/performance-state.js';
import { inSeconds } from '../notes/apply-pedal.js';
import { type Meter, meterUntil, type MidiPiece, type Note } from '../notes/note.js';
import { programName } from '../score/instruments.js';

/**
 * The prompt of a performance: nothing, a piece or its beginning, or a melody to accompany, and controls for
 * domains that have them.
 */
export interface MusicPrompt extends Controls {
  readonly piece?: Pick<MidiPiece, 'notes' | 'pedal' | 'meter'>;
  /**
   * Number of seconds from the beginning of `piece` that the output continues; default: all. Notes that sound at this
   * time continue in the output.
   */
  readonly seconds?: number;
  /** A melody to accompany, for domains with accompaniment. */
  readonly melody?: MusicPrompt['piece'];
  /** Region of `piece` whose notes the model replaces. */
  readonly fill?: FillRegion;
  /** Contents of the piece's MIDI file. */
  readonly file?: Uint8Array;
}

/**
 * Returns the ids of the events of a piece before a time; default: all. Notes that the model does not read are left
 * out.
 *
 * @param name - Name of the piece, for the error.
 * @throws RangeError if the piece has no notes that the model reads.
 */
export type EventsOf = (
  name: string,
  piece: Required<MusicPrompt>['piece'],
  seconds?: number,
) => Int32Array;

/** Returns the ids of the events of notes that come before a time in seconds; default: all. */
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

/**
 * Returns the meter of a prompt's melody or piece, up to the end of its used part; `undefined` if the meter is unknown.
 */
export function promptMeter({ piece, melody, seconds = Infinity }: MusicPrompt): Meter | undefined {
  const source = melody ?? piece;
  if (source?.meter === undefined) return undefined;
  const lastNote = source.notes.reduce((last, note) => Math.max(last, note.endSeconds), 0);
  const end = source.pedal.reduce((last, move) => Math.max(last, move.seconds), lastNote);
  return meterUntil(source.meter, Math.min(seconds, end));
}

/**
 * Returns the prompt that fills in a region of a performance: the events before the region, and the notes that begin
 * after it, encoded as a piece of its own that begins at the region's end.
 *
 * @throws RangeError if notes in the region would be lost, because the model does not read their instrument.
 */
export function performanceFill(
  piece: Pick<MidiPiece, 'notes' | 'pedal'>,
  { startSeconds, endSeconds }: FillRegion,
  {
    programs,
    soundingNotes,
  }: {
    /** Programs whose notes the model reads. */
    readonly programs: ReadonlySet<number>;
    readonly soundingNotes: (piece: Pick<MidiPiece, 'notes' | 'pedal'>) => readonly Note[];
  },
): FillPrompt {
  const isInRegion = (note: Note): boolean =>
    note.startSeconds >= startSeconds && note.startSeconds < endSeconds;
  const lost = piece.notes.find(
    (note) => !note.isDrum && !programs.has(note.program) && isInRegion(note),
  );
  if (lost) {
    const name = programName(lost.program);
    throw new RangeError(
      `fill: the region has notes of ${name}, which this model does not read and would replace; choose another region, or remove these notes`,
    );
  }
  const notes = soundingNotes(piece);
  const [start, end] = [stepAt(startSeconds), stepAt(endSeconds)];
  const before = eventsBefore(notes, start / STEPS_PER_SECOND);
  const { step } = stateAfter({ tokens: before });
  const later = notes
    .filter((note) => stepAt(note.startSeconds) >= end)
    .map((note) => ({
      ...note,
      startSeconds: note.startSeconds - end / STEPS_PER_SECOND,
      endSeconds: note.endSeconds - end / STEPS_PER_SECOND,
    }));
  const strikes: Strikes = { from: start - step, to: end - step };
  return {
    tokens: Int32Array.of(END, ...before),
    grammarInput: strikes,
    after: { after: [...Array.from(encodeNotes(later)), END], length: endSeconds - startSeconds },
  };
}

/**
 * Cuts a crop of a performance at two time shifts, the ends of a region. Notes that sound at the region's end still get
 * their note-offs, at their own times, as the region's last tokens. The music after the region is encoded as a piece of
 * its own, which begins with silence or a note.
 */
export function cutPerformance(
  ids: readonly number[],
  from: number,
  to: number,
): CutCrop | undefined {
  const shifts = ids.flatMap((id, i) => (eventOf(id)?.kind === 'shift' ? [i] : []));
  if (shifts.length < 2) return undefined;
  const first = Math.floor(from * (shifts.length - 1));
  const last = Math.max(first + 1, Math.floor(to * shifts.length));
  const [start, end] = [shifts[first], shifts[last]];
  const { step, bin, sounding } = stateAfter({ tokens: ids.slice(0, end) });
  const begin = stateAfter({ tokens: ids.slice(0, start) }).step;
  const rest = ids.slice(end);
  const notes = decodeEvents(rest, { velocity: binVelocity(Math.max(1, bin)) });
  // The region ends halfway between the events around its end.
  const shift = eventOf(ids[end]);
  const half = shift?.kind === 'shift' ? Math.floor(shift.steps / 2) : 0;
  const later = notes.map(({ startStep, endStep, ...note }) =>
    inSeconds({ ...note, startStep: startStep - half, endStep: endStep - half }),
  );
  const isEnd = rest.at(-1) === END;
  return {
    start,
    end,
    closing: closingOf(
      sounding.map(({ pitch }) => pitch),
      rest,
    ),
    after: [...Array.from(encodeNotes(later)), ...(isEnd ? [END] : [])],
    length: (step + half - begin) / STEPS_PER_SECOND,
  };
}

/**
 * Returns the tokens that end a region: the note-offs of its sounding notes with the shifts between them, then `END`.
 * Returns an empty list if the note-off of one of these notes is missing in the crop.
 */
function closingOf(sounding: readonly number[], rest: readonly number[]): number[] {
  const open = [...sounding];
  const ids: number[] = [];
  let steps = 0;
  for (const id of rest) {
    if (open.length === 0) break;
    const event = eventOf(id);
    if (event?.kind === 'shift') steps += event.steps;
    if (event?.kind !== 'noteOff' || !open.includes(event.pitch)) continue;
    for (; steps > 0; steps -= MAX_SHIFT_STEPS) {
      ids.push(SHIFT + Math.min(steps, MAX_SHIFT_STEPS) - 1);
    }
    steps = 0;
    ids.push(NOTE_OFF + event.pitch);
    open.splice(open.indexOf(event.pitch), 1);
  }
  return open.length === 0 ? [...ids, END] : [];
}
