import type { Prompting } from '@ramble/core/app';
import { type MusicPrompt, parseChords, TEMPO_RANGE } from '@ramble/music';

interface PrimerOptions {
  readonly primer?: string;
  readonly melody?: string;
  readonly primerSeconds?: number;
  readonly density?: number;
  readonly tempo?: number;
  readonly chords?: string;
}

/** Prompt options: a MIDI file to continue, a melody to accompany, and controls such as the tempo. */
export const PROMPTING: Prompting<MusicPrompt, PrimerOptions> = {
  settings: {
    primer: {
      kind: 'string',
      basic: true,
      derived: 'none',
      description: 'A MIDI file to continue.',
    },
    melody: {
      kind: 'string',
      derived: 'none',
      description:
        'A MIDI file with a melody to accompany, for models trained with --accompaniment.',
    },
    primerSeconds: {
      kind: 'number',
      basic: true,
      min: 0,
      derived: 'all of it',
      description: 'Number of seconds of the primer or melody to use.',
    },
    density: {
      kind: 'number',
      min: 0,
      derived: "the model's choice",
      description: 'Notes a second to play, for models trained with --controls.',
    },
    tempo: {
      kind: 'number',
      min: TEMPO_RANGE[0],
      max: TEMPO_RANGE[1],
      derived: "the model's choice",
      description: 'Beats a minute to play, for models trained with --controls.',
    },
    chords: {
      kind: 'string',
      derived: "the model's choice",
      description:
        'Chords to play most of the time, such as C,Am,F,G, for models trained with --controls.',
    },
  },
  files: ['primer', 'melody'],
  apply: ({ piece }, { primer, melody, primerSeconds: seconds, chords, ...others }) => {
    if (piece === undefined && (primer ?? melody) !== undefined) {
      throw new RangeError('prompt: expected a MIDI file, got an empty one');
    }
    if (piece === undefined && seconds !== undefined) {
      throw new RangeError('primerSeconds: expected a primer or a melody with it, got none');
    }
    const controls = {
      ...others,
      ...(chords !== undefined && { chords: parseChords('chords', chords) }),
    };
    return melody === undefined
      ? { piece, seconds, ...controls }
      : { melody: piece, seconds, ...controls };
  },
};
