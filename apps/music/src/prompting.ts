import type { Prompting } from '@ramble/core';
import type { MusicPrompt } from '@ramble/music';

interface PrimerOptions {
  readonly primer?: string;
  readonly primerSeconds?: number;
}

/** Goes on from a file of one's own, or from its beginning. */
export const PROMPTING: Prompting<MusicPrompt, PrimerOptions> = {
  settings: {
    primer: {
      kind: 'string',
      derived: 'none',
      description: 'A MIDI file to go on from.',
    },
    primerSeconds: {
      kind: 'number',
      min: 0,
      derived: 'all of it',
      description: 'How many seconds of the primer.',
    },
  },
  file: 'primer',
  apply: (prompt, { primerSeconds }) => ({ ...prompt, seconds: primerSeconds }),
};
