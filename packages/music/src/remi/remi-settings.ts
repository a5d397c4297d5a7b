import { DRUMS } from '../score/score.js';

/** What a REMI vocabulary can tell, and how finely; MidiTok's names are in `docs/band.md`. */
export interface RemiSettings {
  /** Positions in a beat of a bar, and parts of a beat in short durations; a multiple of 4. */
  readonly positionsPerBeat: number;
  /** Number of velocities. */
  readonly velocities: number;
  /** Programs that are kept, in ascending order; `DRUMS` comes last. */
  readonly programs: readonly number[];
  /** Whether tempos are told. */
  readonly tempos: boolean;
  /** Whether silence is told by tokens of its own. */
  readonly rests: boolean;
  /** Whether chords are named before their notes. */
  readonly chords: boolean;
  /** Whether a pitch that one program strikes several times at once is told once. */
  readonly uniqueNotes: boolean;
}

/** All programs, drums last. */
export const ALL_PROGRAMS: readonly number[] = [
  ...Array.from({ length: 128 }, (_, program) => program),
  DRUMS,
];

/** MidiTok's own defaults, with tempos and without notes that are told twice. */
export const REMI_DEFAULTS: RemiSettings = {
  positionsPerBeat: 8,
  velocities: 32,
  programs: ALL_PROGRAMS,
  tempos: true,
  rests: false,
  chords: false,
  uniqueNotes: true,
};
