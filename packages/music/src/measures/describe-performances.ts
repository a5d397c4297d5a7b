import type { Statistic } from '@ramble/core';

import { skyline } from '../accompaniment/skyline.js';
import { pitchClassName } from '../events/describe-event.js';
import { encodeNotes } from '../events/encode-notes.js';
import { STEPS_PER_SECOND } from '../events/event-ids.js';
import { inSeconds } from '../notes/in-seconds.js';
import type { StepNote } from '../notes/note.js';
import { copiesAmong } from './copied-share.js';
import { shareOnGrid } from './groove.js';
import { lengthOf, notesAtOnceOverTime, soundingShares } from './polyphony.js';
import { selfSimilarity } from './self-similarity.js';
import { sharesOf, timeClasses } from './shares.js';

type Performance = readonly StepNote[];

const ONSET_CLASSES = timeClasses([1, 5, 10, 20, 40, 80], 'together');
const LENGTH_CLASSES = timeClasses([5, 10, 20, 40, 80, 160, 400], '10 to 40 ms');
const VELOCITIES_A_CLASS = 16;
/** The farthest step of a melody that has a class of its own: an octave. */
const FARTHEST_STEP = 12;

const PITCH_CLASSES = Array.from({ length: 12 }, (_, pitch) => pitchClassName(pitch));
const VELOCITIES = Array.from({ length: 128 / VELOCITIES_A_CLASS }, (_, i) =>
  velocityClass(i * VELOCITIES_A_CLASS),
);
const MELODY_STEPS = Array.from({ length: 2 * FARTHEST_STEP + 1 }, (_, i) =>
  melodyStep(i - FARTHEST_STEP),
);

const copies = copiesAmong((notes: Performance) => encodeNotes(notes.map(inSeconds)));

/**
 * What performances are like: how many notes a second and at once, and how that changes in time; how long
 * notes are, how hard they are struck, and how long it is from one to the next; how evenly the twelve pitch
 * classes are used, and how the melody moves; how much is on a grid, comes back, and stands in the data.
 *
 * @param data - What copies are looked for in; a performance that is there itself is not its own copy.
 */
export function describePerformances(
  performances: readonly Performance[],
  data: readonly Performance[] = [],
): readonly Statistic[] {
  const all = performances.filter((notes) => notes.length > 0);
  const notes = all.flat();
  const steps = all.reduce((sum, each) => sum + lengthOf(each), 0);
  const sounding = notes.reduce((sum, { startStep, endStep }) => sum + endStep - startStep, 0);
  const longest = notes.reduce((most, note) => Math.max(most, note.endStep - note.startStep), 0);
  const classes = sharesOf(notes, ({ pitch }) => pitchClassName(pitch), PITCH_CLASSES);
  return [
    { name: 'notes a second', value: (notes.length * STEPS_PER_SECOND) / Math.max(1, steps) },
    { name: 'notes at once', value: sounding / Math.max(1, steps) },
    { name: 'seconds a note', value: sounding / STEPS_PER_SECOND / Math.max(1, notes.length) },
    { name: 'longest note, seconds', value: longest / STEPS_PER_SECOND },
    { name: 'pitch-class entropy, bits', value: bitsOf(Object.values(classes)) },
    ...meanOf('onsets on a grid', all.map(shareOnGrid)),
    ...meanOf('self-similarity', all.map(selfSimilarity)),
    ...(data.length > 0 ? [{ name: 'copied spans of 32 events', value: copies(all, data) }] : []),
    { name: 'notes at once, over time', values: notesAtOnceOverTime(all) },
    { name: 'sounding at once', shares: soundingShares(all) },
    {
      name: 'note length',
      shares: sharesOf(
        notes,
        ({ startStep, endStep }) => LENGTH_CLASSES.nameOf(endStep - startStep),
        LENGTH_CLASSES.names,
      ),
    },
    {
      name: 'velocity',
      shares: sharesOf(notes, ({ velocity }) => velocityClass(velocity), VELOCITIES),
    },
    {
      name: 'onset to onset',
      shares: sharesOf(all.flatMap(gapsOf), ONSET_CLASSES.nameOf, ONSET_CLASSES.names),
    },
    { name: 'pitch class', shares: classes },
    {
      name: 'melody, half tones',
      shares: sharesOf(all.flatMap(melodyMoves), melodyStep, MELODY_STEPS),
    },
  ];
}

/** Steps from each onset to the next. */
function gapsOf(notes: Performance): number[] {
  const starts = notes.map(({ startStep }) => startStep).sort((a, b) => a - b);
  return starts.slice(1).map((start, i) => start - starts[i]);
}

/** Half tones from each note of the melody to the next. */
function melodyMoves(notes: Performance): number[] {
  const melody = skyline(notes);
  return melody.slice(1).map(({ pitch }, i) => pitch - melody[i].pitch);
}

/** A move of the melody in words: `+2`, `none`, `-12 or less`; a name that is a number would come first. */
function melodyStep(halfTones: number): string {
  const step = Math.max(-FARTHEST_STEP, Math.min(FARTHEST_STEP, halfTones));
  if (step === 0) return 'none';
  const name = step > 0 ? `+${step}` : `${step}`;
  if (Math.abs(step) < FARTHEST_STEP) return name;
  return `${name} or ${step > 0 ? 'more' : 'less'}`;
}

function velocityClass(velocity: number): string {
  const first = Math.floor(velocity / VELOCITIES_A_CLASS) * VELOCITIES_A_CLASS;
  return `${Math.max(1, first)} to ${first + VELOCITIES_A_CLASS - 1}`;
}

function bitsOf(shares: readonly number[]): number {
  return shares.reduce((bits, share) => bits - share * Math.log2(share), 0);
}

/** The mean of what is known of performances, where it is of any. */
function meanOf(name: string, values: readonly (number | undefined)[]): Statistic[] {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return [];
  return [{ name, value: known.reduce((sum, value) => sum + value, 0) / known.length }];
}
