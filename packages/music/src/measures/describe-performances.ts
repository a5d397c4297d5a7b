import type { Statistic } from '@ramble/core/app';

import { skyline } from '../accompaniment/accompaniment-sections.js';
import { encodeNotes, STEPS_PER_SECOND } from '../events/events.js';
import { inSeconds } from '../notes/apply-pedal.js';
import type { StepNote } from '../notes/note.js';
import { copiesAmong, selfSimilarity } from './copied-share.js';
import { shareOnGrid } from './rhythm.js';
import {
  notesAtOnce,
  notesAtOnceOverTime,
  soundingShares,
  type SoundingPiece,
} from './polyphony.js';
import {
  bitsOf,
  gapsOf,
  meanOf,
  melodyShares,
  pitchClassShares,
  stepClasses,
  velocityShares,
} from './shares.js';

type Performance = readonly StepNote[];

const onsetShares = stepClasses([1, 5, 10, 20, 40, 80], 'together');
const lengthShares = stepClasses([5, 10, 20, 40, 80, 160, 400], '10 to 40 ms');
/** Length in seconds of the parts of a piece whose mean number of simultaneous notes is counted. */
const PART_SECONDS = 10;
/** Length in seconds of the windows that self-similarity compares. */
const SIMILAR_SECONDS = 2;

const copies = copiesAmong((notes: Performance) => encodeNotes(notes.map(inSeconds)));

/**
 * Computes statistics of performances: notes per second and at once, and their change in time; lengths and
 * velocities of notes, and times between them; use of the twelve pitch classes, and steps of the melody;
 * fractions of notes on a grid, of repetition, and of copies from the data.
 *
 * @param data - Performances in which copies are searched; a performance among them is not its own copy.
 */
export function describePerformances(
  performances: readonly Performance[],
  data: readonly Performance[] = [],
): readonly Statistic[] {
  const all = performances.filter((notes) => notes.length > 0);
  const pieces = all.map(inSteps);
  const notes = all.flat();
  const lengths = notes.map(({ startStep, endStep }) => endStep - startStep);
  const steps = pieces.reduce((sum, { length }) => sum + length, 0);
  const sounding = lengths.reduce((sum, length) => sum + length, 0);
  const longest = lengths.reduce((max, length) => Math.max(max, length), 0);
  const gaps = all.flatMap((each) => gapsOf(each.map(({ startStep }) => startStep)));
  const pitchClasses = pitchClassShares(notes);
  return [
    { name: 'notes a second', value: (notes.length * STEPS_PER_SECOND) / Math.max(1, steps) },
    { name: 'notes at once', value: notesAtOnce(pieces) },
    { name: 'seconds a note', value: sounding / STEPS_PER_SECOND / Math.max(1, notes.length) },
    { name: 'longest note, seconds', value: longest / STEPS_PER_SECOND },
    { name: 'pitch-class entropy, bits', value: bitsOf(pitchClasses) },
    ...meanOf('onsets on a grid', all.map(shareOnGrid)),
    ...meanOf(
      'self-similarity',
      pieces.map((piece) => selfSimilarity(piece, SIMILAR_SECONDS * STEPS_PER_SECOND)),
    ),
    ...(data.length > 0 ? [{ name: 'copied spans of 32 events', value: copies(all, data) }] : []),
    {
      name: 'notes at once, over time',
      values: notesAtOnceOverTime(pieces, PART_SECONDS * STEPS_PER_SECOND, spanOfSeconds),
    },
    { name: 'sounding at once', shares: soundingShares(pieces) },
    { name: 'note length', shares: lengthShares(lengths) },
    { name: 'velocity', shares: velocityShares(notes) },
    { name: 'onset to onset', shares: onsetShares(gaps) },
    { name: 'pitch class', shares: pitchClasses },
    { name: 'melody, half tones', shares: melodyShares(all.map(skyline)) },
  ];
}

function inSteps(notes: Performance): SoundingPiece {
  return {
    notes: notes.map(({ startStep: start, endStep: end, pitch }) => ({ start, end, pitch })),
    length: notes.reduce((last, { endStep }) => Math.max(last, endStep), 0),
  };
}

function spanOfSeconds(fromStep: number, toStep?: number): string {
  const from = fromStep / STEPS_PER_SECOND;
  return toStep === undefined ? `${from} s or later` : `${from} to ${toStep / STEPS_PER_SECOND} s`;
}
