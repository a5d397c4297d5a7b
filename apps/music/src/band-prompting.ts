import type { Prompting } from '@ramble/core';
import type { BandPrompt } from '@ramble/music';

interface BandPrompting {
  readonly primer?: string;
  readonly given?: string;
  readonly primerBars?: number;
}

/** Goes on from a file of one's own or its beginning. */
export const BAND_PROMPTING: Prompting<BandPrompt, BandPrompting> = {
  settings: {
    primer: {
      kind: 'string',
      basic: true,
      derived: 'none',
      description: 'A MIDI file to continue.',
    },
    given: {
      kind: 'string',
      basic: true,
      derived: 'none',
      description:
        'A MIDI file to write tracks to: those of --tracks are written anew, its others are kept.',
    },
    primerBars: {
      kind: 'integer',
      min: 1,
      derived: 'all of it',
      description: 'Number of bars of the primer to use.',
    },
  },
  files: ['primer', 'given'],
  apply: ({ piece }, { primer, given, primerBars }) => {
    if (piece === undefined && (primer ?? given) !== undefined) {
      throw new RangeError('prompt: expected a MIDI file, got an empty one');
    }
    if (primerBars !== undefined && (piece === undefined || given !== undefined)) {
      throw new RangeError('primerBars: expected a primer with it, got none');
    }
    return given === undefined ? { piece, bars: primerBars } : { given: piece };
  },
};
