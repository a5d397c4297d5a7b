/** A note that sounds. */
export interface Note {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** How hard it is struck, 1 to 127. */
  readonly velocity: number;
}

/** A note as a file has it, before the pedal. */
export interface StruckNote extends Note {
  /** Index of the instrument in the piece, from 0. */
  readonly instrument: number;
  /** The instrument's sound, 0 to 127: pianos are 0 to 7. */
  readonly program: number;
  readonly isDrum: boolean;
}

/** The sustain pedal moves. */
export interface PedalMove {
  readonly seconds: number;
  /** 0 to 127; from 64 on it is down. */
  readonly value: number;
  readonly instrument: number;
}

/** What a MIDI file says: the hands and the foot. */
export interface MidiPiece {
  /** Name of the file. */
  readonly name: string;
  readonly notes: readonly StruckNote[];
  readonly pedal: readonly PedalMove[];
  /** What was wrong with the file and could be made good, in words. */
  readonly repairs: readonly string[];
}

/** A note on the grid of 10 ms steps, as events tell it. */
export interface StepNote {
  readonly startStep: number;
  readonly endStep: number;
  readonly pitch: number;
  readonly velocity: number;
}
