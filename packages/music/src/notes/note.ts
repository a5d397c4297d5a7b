import type { Meter } from './meter.js';

/** A sounding note. */
export interface Note {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** The velocity, 1 to 127. */
  readonly velocity: number;
}

/** A note of a file, before the pedal is applied. */
export interface StruckNote extends Note {
  /** Index of the instrument in the piece, from 0. */
  readonly instrument: number;
  /** The instrument's sound, 0 to 127: pianos are 0 to 7. */
  readonly program: number;
  readonly isDrum: boolean;
}

/** A movement of the sustain pedal. */
export interface PedalMove {
  readonly seconds: number;
  /** 0 to 127; from 64 on it is down. */
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

/** A note by when it sounds, in any unit of time. */
export interface SoundingNote {
  readonly start: number;
  readonly end: number;
  readonly pitch: number;
}

/**
 * Sounding time of each of the twelve pitch classes in each window of time, by the number of the
 * window; windows in which no note sounds are left out.
 *
 * @param windowLength - In the unit of the notes.
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

/** Notes without the silence before the first of them, which recordings that were cut may have for minutes. */
export function fromFirstNote<N extends Note>(notes: readonly N[]): readonly N[] {
  const first = notes.reduce((start, note) => Math.min(start, note.startSeconds), Infinity);
  return notes.map((note) => ({
    ...note,
    startSeconds: note.startSeconds - first,
    endSeconds: note.endSeconds - first,
  }));
}
