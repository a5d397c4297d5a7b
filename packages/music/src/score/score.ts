/** A note of a score, in ticks. */
export interface ScoreNote {
  readonly tick: number;
  readonly durationTicks: number;
  /** 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** The velocity, 1 to 127. */
  readonly velocity: number;
}

/** The program that stands for all drum kits, as in MidiTok. */
export const DRUMS = -1;

/** What one instrument plays. */
export interface ScorePart {
  /** A MIDI program, 0 to 127, or `DRUMS`. */
  readonly program: number;
  /** Notes in the order of their ticks. */
  readonly notes: readonly ScoreNote[];
}

/** A tempo from a tick on. */
export interface TempoChange {
  readonly tick: number;
  readonly microsecondsPerQuarter: number;
}

/** A time signature from a tick on. */
export interface TimeSignature {
  readonly tick: number;
  /** Number of beats in a bar: 6 of 6/8. */
  readonly beats: number;
  /** The note value of a beat: 8 of 6/8. */
  readonly beatType: number;
}

/** Music in ticks, as a MIDI file has it: bars and beats are known, seconds follow from the tempos. */
export interface Score {
  /** Name of the file. */
  readonly name: string;
  readonly ticksPerQuarter: number;
  /** Parts in the order of the file; several may have one program, and some have no notes. */
  readonly parts: readonly ScorePart[];
  readonly tempos: readonly TempoChange[];
  readonly timeSignatures: readonly TimeSignature[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}
