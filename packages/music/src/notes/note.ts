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
  /** Bars, tempos and keys; absent where they are unknown, and from training data, which needs none. */
  readonly meter?: Meter;
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** A note on the grid of 10 ms steps, as events tell it. */
export interface StepNote {
  readonly startStep: number;
  readonly endStep: number;
  readonly pitch: number;
  readonly velocity: number;
}
