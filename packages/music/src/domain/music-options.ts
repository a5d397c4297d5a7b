import type { SettingTable } from '@ramble/core';

/** The options that choose the notes of a file. */
export interface MusicOptions {
  readonly pedal: boolean;
  readonly drums: boolean;
  readonly programs: string;
  /** Whether a melody stands before each performance. */
  readonly accompaniment: boolean;
  /** Whether what it is like stands before each performance. */
  readonly controls: boolean;
}

/**
 * Every option of the music domain with its range, default and description, as `ramble music train
 * --help` lists them.
 */
export const MUSIC_OPTIONS: SettingTable<MusicOptions> = {
  pedal: {
    kind: 'boolean',
    default: true,
    description: 'Hold notes for as long as the sustain pedal is down.',
  },
  drums: {
    kind: 'boolean',
    default: false,
    description: 'Keep the notes of drums.',
  },
  programs: {
    kind: 'string',
    default: 'all',
    description:
      'MIDI programs whose notes are kept: all, or numbers such as 0-7,16; pianos are 0-7.',
  },
  accompaniment: {
    kind: 'boolean',
    default: false,
    description:
      'Learn to accompany a melody: the melody of each piece comes before its performance.',
  },
  controls: {
    kind: 'boolean',
    default: false,
    description:
      'Learn to play what is asked for: tokens for density, tempo and main chords, computed from its notes, come before each piece.',
  },
};
