import type { SheetKey, SheetTime } from '../musicxml/sheet.js';

/** A note with its times in seconds. */
export interface Note {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** MIDI pitch, 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** The velocity, 1 to 127. */
  readonly velocity: number;
}

/** A note of a file, before the pedal is applied. */
export interface StruckNote extends Note {
  /** Index of the instrument in the piece, from 0. */
  readonly instrument: number;
  /** MIDI program of the instrument, 0 to 127; pianos are 0 to 7. */
  readonly program: number;
  readonly isDrum: boolean;
}

/** A movement of the sustain pedal. */
export interface PedalMove {
  readonly seconds: number;
  /** Value of the pedal, 0 to 127; it is down from 64. */
  readonly value: number;
  readonly instrument: number;
}

/** The contents of a MIDI file: its notes and its pedal movements. */
export interface MidiPiece {
  /** Name of the file. */
  readonly name: string;
  readonly notes: readonly StruckNote[];
  readonly pedal: readonly PedalMove[];
  /** Bars, tempos and keys; absent if they are unknown, and in training data, which needs none. */
  readonly meter?: Meter;
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** A note on the grid of 10 ms steps, the resolution of events. */
export interface StepNote {
  readonly startStep: number;
  readonly endStep: number;
  readonly pitch: number;
  readonly velocity: number;
}

/** Start and end of a note, in any unit of time. */
export interface SoundingNote {
  readonly start: number;
  readonly end: number;
  readonly pitch: number;
}

/**
 * Returns the sounding time of each of the twelve pitch classes in each window of time, by the number of the
 * window. Silent windows are left out.
 *
 * @param windowLength - Length of a window in the unit of the notes.
 */
export function chromas(
  notes: Iterable<SoundingNote>,
  windowLength: number,
): ReadonlyMap<number, Float64Array> {
  const windows = new Map<number, Float64Array>();
  for (const { start, end, pitch } of notes) {
    for (let w = Math.floor(start / windowLength); w * windowLength < end; w++) {
      const chroma = windows.get(w) ?? new Float64Array(12);
      windows.set(w, chroma);
      const begin = Math.max(start, w * windowLength);
      chroma[pitch % 12] += Math.min(end, (w + 1) * windowLength) - begin;
    }
  }
  return windows;
}

/** Returns the list for a key; adds an empty list if the key has none. */
export function listAt<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** Rounds to the nearest integer, ties to the even one, as Python does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Yields the integers from one number up to another one, which is left out. */
export function* span(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at++) yield at;
}

/** Removes the silence before the first note, which may last minutes in cut recordings. */
export function fromFirstNote<N extends Note>(notes: readonly N[]): readonly N[] {
  const first = notes.reduce((start, note) => Math.min(start, note.startSeconds), Infinity);
  return notes.map((note) => ({
    ...note,
    startSeconds: note.startSeconds - first,
    endSeconds: note.endSeconds - first,
  }));
}

/** A tempo that applies from a position on. */
export interface MeterTempo {
  /** Position in quarters from the beginning of the file. */
  readonly quarter: number;
  /** Time of the position in seconds from the beginning of the file. */
  readonly seconds: number;
  readonly secondsPerQuarter: number;
}

/** The tempos, time signatures and keys of a piece, each list in the order of its positions. */
export interface Meter {
  /** Tempos in order; the first is at 0. */
  readonly tempos: readonly MeterTempo[];
  /** Time signatures in order; common time applies before the first. */
  readonly timeSignatures: readonly (SheetTime & { readonly quarter: number })[];
  /** Keys in order, each with up to 7 sharps or flats. */
  readonly keys: readonly { readonly quarter: number; readonly key: SheetKey }[];
}

/** Returns the position in a piece at a time, in quarters. */
export function quarterAt({ tempos }: Meter, seconds: number): number {
  const at = tempos[Math.max(0, firstIndex(tempos, (tempo) => tempo.seconds > seconds) - 1)];
  return at.quarter + (seconds - at.seconds) / at.secondsPerQuarter;
}

/**
 * Returns the first index of an item for which `isLate` is true, by bisection; the number of items if none
 * exists.
 *
 * @param items - Sorted items: late items come after all others.
 */
export function firstIndex<Item>(items: ArrayLike<Item>, isLate: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isLate(items[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Returns a meter for music that continues a piece from a time on: changes after this time are left out, and the
 * piece's median tempo applies from then on.
 */
export function meterUntil(meter: Meter, seconds: number): Meter {
  const end = quarterAt(meter, seconds);
  const before = (item: { readonly quarter: number }): boolean => item.quarter < end;
  const tempos = meter.tempos.filter((tempo, i) => i === 0 || before(tempo));
  const lengths = tempos.map(({ quarter, secondsPerQuarter }, i) => {
    return { secondsPerQuarter, quarters: (tempos.at(i + 1)?.quarter ?? end) - quarter };
  });
  lengths.sort((a, b) => a.secondsPerQuarter - b.secondsPerQuarter);
  let left = end / 2;
  const median = lengths.find(({ quarters }) => (left -= quarters) <= 0) ?? lengths[0];
  const { secondsPerQuarter } = median;
  return {
    tempos: [...tempos, { quarter: end, seconds, secondsPerQuarter }],
    timeSignatures: meter.timeSignatures.filter(before),
    keys: meter.keys.filter(before),
  };
}

/** Returns the cosine of two vectors; 0 if one of them is 0. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    lengthA += a[i] * a[i];
    lengthB += b[i] * b[i];
  }
  return product === 0 ? 0 : product / Math.sqrt(lengthA * lengthB);
}
