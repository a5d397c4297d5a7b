import { chromas, cosine } from '../notes/note.js';
import type { SoundingPiece } from './polyphony.js';

/** Number of events of a span: about five seconds of music. */
const SPAN_EVENTS = 32;
/** Value that replaces the index of a piece, for a span that occurs in several pieces. */
const SEVERAL = Infinity;

/**
 * Returns the fraction of the spans of 32 events in some sequences that also occur in other sequences. It measures
 * how much of its output a model memorized. Each event except the last 31 begins a span.
 *
 * @param written - Ids of the events of each generated sequence.
 * @param known - The training data, read one sequence at a time; add transpositions for copies in other keys.
 * @returns 0 to 1; 0 if all sequences are shorter than a span.
 */
export function copiedShare(
  written: readonly ArrayLike<number>[],
  known: Iterable<ArrayLike<number>>,
): number {
  const times = new Map<string, number>();
  let [spans, copied] = [0, 0];
  for (const span of written.flatMap((ids) => [...spansOf(ids)])) {
    times.set(span, (times.get(span) ?? 0) + 1);
    spans++;
  }
  for (const ids of known) {
    for (const span of spansOf(ids)) {
      copied += times.get(span) ?? 0;
      times.delete(span);
    }
  }
  return spans === 0 ? 0 : copied / spans;
}

/**
 * Makes a function that returns the fraction of the spans of pieces that also occur in other pieces of `data`. A
 * piece that is itself in the data does not count as its own copy. The spans of the data are cached.
 *
 * @param idsOf - Returns the ids of the tokens of a piece.
 */
export function copiesAmong<T>(
  idsOf: (piece: T) => ArrayLike<number>,
): (pieces: readonly T[], data: readonly T[]) => number {
  const owners = new WeakMap<readonly T[], ReadonlyMap<string, number>>();
  return (pieces, data) => {
    const ownerOf = owners.get(data) ?? spanOwners(data.map(idsOf));
    owners.set(data, ownerOf);
    let [spans, copied] = [0, 0];
    for (const piece of pieces) {
      const own = data.indexOf(piece); // -1 for none
      for (const span of spansOf(idsOf(piece))) {
        const owner = ownerOf.get(span);
        spans++;
        if (owner !== undefined && owner !== own) copied++;
      }
    }
    return spans === 0 ? 0 : copied / spans;
  };
}

/** Returns a map from each span, as text, to the index of the sequence that has it, or `SEVERAL`. */
function spanOwners(sequences: readonly ArrayLike<number>[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  sequences.forEach((ids, i) => {
    for (const span of spansOf(ids)) {
      const other = owners.get(span) ?? i;
      owners.set(span, other === i ? i : SEVERAL);
    }
  });
  return owners;
}

function* spansOf(ids: ArrayLike<number>): Generator<string> {
  // Ids as characters, so that a span is a slice of a text.
  const text = Array.from(ids, (id) => String.fromCharCode(id)).join('');
  for (let start = 0; start + SPAN_EVENTS <= text.length; start++) {
    yield text.slice(start, start + SPAN_EVENTS);
  }
}

/** Distances, in windows, at which earlier windows are compared. */
const [NEAREST, FARTHEST] = [4, 16];

/**
 * Computes the self-similarity of a piece: the mean, over its windows of time, of the similarity to the most similar
 * window 4 to 16 windows earlier. Similarity is the cosine of the sounding times of the twelve pitch classes.
 *
 * @param windowLength - Length of a window in the unit of the piece: two seconds, or a bar.
 * @returns 0 to 1; `undefined` for a piece shorter than five windows.
 */
export function selfSimilarity(
  { notes, length }: SoundingPiece,
  windowLength: number,
): number | undefined {
  const sounding = chromas(notes, windowLength);
  const windows = Array.from(
    { length: Math.floor(length / windowLength) },
    (_, w) => sounding.get(w) ?? new Float64Array(12),
  );
  const likest = windows.slice(NEAREST).map((window, i) => {
    const before = windows.slice(Math.max(0, i + NEAREST - FARTHEST), i + 1);
    return Math.max(...before.map((other) => cosine(window, other)));
  });
  if (likest.length === 0) return undefined;
  return likest.reduce((sum, each) => sum + each, 0) / likest.length;
}
