import type { SoundingNote } from '../notes/note.js';
import { sharesByNumber } from './shares.js';

/** Number of parts of a piece for which the number of simultaneous notes is reported; later parts count as one. */
const PARTS = 12;

/** Sounding times of notes and the length of the piece, in one unit of time. */
export interface SoundingPiece {
  readonly notes: readonly SoundingNote[];
  readonly length: number;
}

/** A span of time in which the number of sounding notes does not change. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly sounding: number;
}

/** Returns the mean number of simultaneous notes over the time of all pieces. */
export function notesAtOnce(pieces: readonly SoundingPiece[]): number {
  const notes = pieces.flatMap((piece) => piece.notes);
  const sounding = notes.reduce((sum, { start, end }) => sum + end - start, 0);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return length === 0 ? 0 : sounding / length;
}

/** Returns the fractions of time by the number of simultaneous notes. */
export function soundingShares(pieces: readonly SoundingPiece[]): Record<string, number> {
  const spans = pieces.flatMap((piece) => [...spansOf(piece)]);
  return sharesByNumber(spans.map(({ from, to, sounding }) => [sounding, to - from]));
}

/**
 * Returns the mean number of simultaneous notes in each part of the pieces.
 *
 * @param partLength - Length of a part in the unit of the pieces.
 * @param nameOf - Names a part by its start and end; the last part has no end.
 */
export function notesAtOnceOverTime(
  pieces: readonly SoundingPiece[],
  partLength: number,
  nameOf: (from: number, to?: number) => string,
): Record<string, number> {
  const [notes, lengths] = [new Float64Array(PARTS + 1), new Float64Array(PARTS + 1)];
  for (const { from, to, sounding } of pieces.flatMap((piece) => [...spansOf(piece)])) {
    for (let p = Math.floor(from / partLength); p * partLength < to; p++) {
      const length = Math.min(to, (p + 1) * partLength) - Math.max(from, p * partLength);
      const part = Math.min(p, PARTS);
      notes[part] += sounding * length;
      lengths[part] += length;
    }
  }
  const named = Array.from(notes, (sum, part): [string, number] => {
    const from = part * partLength;
    const name = part === PARTS ? nameOf(from) : nameOf(from, from + partLength);
    return [name, sum / lengths[part]];
  });
  return Object.fromEntries(named.filter((_, part) => lengths[part] > 0));
}

/** Yields the spans of a piece, from its beginning to its end. */
function* spansOf({ notes, length }: SoundingPiece): Generator<Span> {
  const changes = new Map([[length, 0]]);
  const change = (time: number, by: number): unknown =>
    changes.set(time, (changes.get(time) ?? 0) + by);
  for (const { start, end } of notes) {
    change(start, 1);
    change(end, -1);
  }
  let [from, sounding] = [0, 0];
  for (const [to, by] of [...changes].sort(([a], [b]) => a - b)) {
    if (to > from) yield { from, to, sounding };
    sounding += by;
    from = to;
  }
}
