import type { Prompting } from '@ramble/core';
import type { BandPrompt } from '@ramble/music';

interface BandPrompting {
  readonly primer?: string;
  readonly primerBars?: number;
}

/** Goes on from a file of one's own or its beginning. */
export const BAND_PROMPTING: Prompting<BandPrompt, BandPrompting> = {
  settings: {
    primer: { kind: 'string', derived: 'none', description: 'A MIDI file to continue.' },
    primerBars: {
      kind: 'integer',
      min: 1,
      derived: 'all of it',
      description: 'Number of bars of the primer to use.',
    },
  },
  files: ['primer'],
  apply: ({ piece }, { primer, primerBars }) => {
    if (piece === undefined && primer !== undefined) {
      throw new RangeError('prompt: expected a MIDI file, got an empty one');
    }
    if (piece === undefined && primerBars !== undefined) {
      throw new RangeError('primerBars: expected a primer with it, got none');
    }
    return { piece, bars: primerBars };
  },
};
