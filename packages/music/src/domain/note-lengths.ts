import type { SettingTable } from '@ramble/core';

import { STEPS_PER_SECOND } from '../events/events.js';
import type { Note } from '../notes/note.js';

/** Lengths of the notes of the training data, as saved with a run. In the oldest runs, all fields are absent. */
export interface NoteLengths {
  /** Median length of the notes in seconds. */
  readonly medianNoteSeconds?: number;
  /** 99.5th percentile of the lengths in seconds. */
  readonly longNoteSeconds?: number;
  /** Length of the longest note, which older runs have instead of `longNoteSeconds`. */
  readonly longestNoteSeconds?: number;
}

const LENGTH = {
  kind: 'number',
  min: 0,
  exclusive: 'min',
  derived: 'none in older runs',
} as const;

/** Table that checks the saved fields of `NoteLengths`, with descriptions. */
export const NOTE_LENGTHS: SettingTable<NoteLengths> = {
  medianNoteSeconds: {
    ...LENGTH,
    description: 'Median length of the notes of the training data.',
  },
  longNoteSeconds: {
    ...LENGTH,
    description: '99.5th percentile of the lengths of the notes of the training data.',
  },
  longestNoteSeconds: {
    ...LENGTH,
    description: 'Length of the longest note of the training data.',
  },
};

/**
 * Fraction of notes that are at most as long as `NoteLengths.longNoteSeconds`. A limit at the longest note would
 * limit nothing: with the pedal, it lasts minutes in real data, but this fraction of notes ends within a few seconds.
 */
const USUAL_SHARE = 0.995;

/** Returns the length of a note in steps of 10 ms, at least one. */
export function stepsOf({ startSeconds, endSeconds }: Note): number {
  return Math.max(1, Math.round((endSeconds - startSeconds) * STEPS_PER_SECOND));
}

/**
 * Returns the median and the 99.5th percentile of the lengths of training notes; an empty object without notes.
 *
 * @param counts - Number of notes by their length in steps.
 */
export function noteLengths(counts: ReadonlyMap<number, number>): NoteLengths {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return {};
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const lengthOf = (share: number): number => {
    let within = 0;
    const reached = sorted.find(([, count]) => (within += count) >= share * total);
    return (reached?.[0] ?? 0) / STEPS_PER_SECOND;
  };
  return { medianNoteSeconds: lengthOf(0.5), longNoteSeconds: lengthOf(USUAL_SHARE) };
}

/** Option of a domain: whether its models also learn to fill in regions. */
export const INFILL = {
  kind: 'boolean',
  default: false,
  description:
    'Learn to fill in: in half of the training crops, the music after a region comes before it, so that sample --fill reads both sides.',
} as const;

/** Options of the music domain: which notes of a file are used, and which tokens precede them. */
export interface MusicOptions {
  readonly pedal: boolean;
  readonly drums: boolean;
  readonly programs: string;
  /** Whether a melody precedes each performance. */
  readonly accompaniment: boolean;
  /** Whether tokens for density, tempo and chords precede each performance. */
  readonly controls: boolean;
  /** Whether the model also learns to fill in regions: in some training crops, the music after a region precedes it. */
  readonly infill: boolean;
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
      'Put tokens for density, tempo and main chords, computed from its notes, before each piece, so that prompts can set them.',
  },
  infill: INFILL,
};
