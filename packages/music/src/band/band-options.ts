import type { SettingTable } from '@ramble/core';

/** The options of a vocabulary of several instruments. */
export interface BandOptions {
  readonly tracks: string;
  readonly positionsPerBeat: number;
  readonly velocities: number;
  readonly tempos: boolean;
}

/**
 * Every option of the band domain with its range, default and description, as `ramble band train --help`
 * lists them.
 */
export const BAND_OPTIONS: SettingTable<BandOptions> = {
  tracks: {
    kind: 'string',
    default: 'all',
    description:
      'Instruments whose notes are kept: all, or a list of drums, families such as bass, and MIDI programs such as 0-7.',
  },
  positionsPerBeat: {
    kind: 'integer',
    min: 4,
    max: 24,
    default: 8,
    description: 'Number of positions of the grid in a beat, a multiple of 4.',
  },
  velocities: {
    kind: 'integer',
    min: 1,
    max: 127,
    default: 32,
    description: 'Number of different velocities.',
  },
  tempos: {
    kind: 'boolean',
    default: true,
    description: 'Keep the tempos of the files; without them all music is played at one tempo.',
  },
};
