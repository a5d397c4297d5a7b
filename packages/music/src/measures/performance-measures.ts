import type { Statistic } from '@ramble/core/app';

import { skyline } from '../accompaniment/accompaniment-sections.js';
import { encodeNotes, STEPS_PER_SECOND } from '../events/events.js';
import { inSeconds } from '../notes/apply-pedal.js';
import { listAt, type StepNote } from '../notes/note.js';
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
/** Length in steps of the parts of a performance that are measured separately. */
const PART_STEPS = 10 * STEPS_PER_SECOND;
/** Length in steps of the windows that self-similarity compares. */
const SIMILAR_STEPS = 2 * STEPS_PER_SECOND;

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
      pieces.map((piece) => selfSimilarity(piece, SIMILAR_STEPS)),
    ),
    ...(data.length > 0 ? [{ name: 'copied spans of 32 events', value: copies(all, data) }] : []),
    {
      name: 'notes at once, over time',
      values: notesAtOnceOverTime(pieces, PART_STEPS, spanOfSeconds),
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

/**
 * Maximum distance from the mean, in standard deviations. Larger distances are reduced to it, because the distance of
 * silence would be infinite.
 */
const FARTHEST = 5;

/** Mean and standard deviation of a measure of human performances. */
type Usual = readonly [mean: number, deviation: number];

/**
 * Means and standard deviations of measures of 337 performances of piano-midi.de. The logarithms (natural) and
 * `pitchBits` are of parts of ten seconds of the first minute; the others are of the whole minute.
 */
const USUAL = {
  logNotesAtOnce: [1.08, 0.43],
  logNotesPerSecond: [2.12, 0.57],
  logNoteSeconds: [-1.04, 0.72],
  pitchBits: [4.1, 0.57],
  pitchClassBits: [3.06, 0.24],
  selfSimilarity: [0.82, 0.08],
} as const satisfies Readonly<Record<string, Usual>>;

/**
 * Returns how usual a performance is among human performances: minus the mean squared distance of its measures from
 * the means of piano-midi.de, in standard deviations. Silence, loops of few pitches and hanging notes rank low.
 *
 * @returns at most 0; low for a performance without notes.
 */
export function rankPerformance(notes: readonly StepNote[]): number {
  const length = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
  const whole = [
    distance(bitsOf(pitchClassShares(notes)), USUAL.pitchClassBits),
    distance(similarityOf(notes, length), USUAL.selfSimilarity),
  ];
  const parts = partsOf(notes, length).map((part, i) => {
    const steps = Math.min(PART_STEPS, length - i * PART_STEPS);
    const struck = part.filter(({ startStep }) => startStep >= i * PART_STEPS);
    const lengths = struck.reduce((sum, { startStep, endStep }) => sum + endStep - startStep, 0);
    return mean([
      distance(Math.log(soundingSteps(part, i) / steps), USUAL.logNotesAtOnce),
      distance(Math.log((struck.length * STEPS_PER_SECOND) / steps), USUAL.logNotesPerSecond),
      distance(Math.log(lengths / struck.length / STEPS_PER_SECOND), USUAL.logNoteSeconds),
      distance(bitsOf(pitchShares(struck)), USUAL.pitchBits),
    ]);
  });
  return -mean([mean(parts), mean(whole)]);
}

/**
 * Returns the notes that sound in each part of ten seconds. A last part of at most one second is left out, unless it
 * is the only part.
 */
function partsOf(notes: readonly StepNote[], length: number): (readonly StepNote[])[] {
  const parts = new Map<number, StepNote[]>();
  for (const note of notes) {
    const last = Math.floor((note.endStep - 1) / PART_STEPS);
    for (let p = Math.floor(note.startStep / PART_STEPS); p <= last; p++)
      listAt(parts, p).push(note);
  }
  const count = Math.max(1, Math.ceil((length - STEPS_PER_SECOND) / PART_STEPS));
  return Array.from({ length: count }, (_, p) => parts.get(p) ?? []);
}

/** Returns the sum of the times, in steps, in which notes sound within a part. */
function soundingSteps(notes: readonly StepNote[], part: number): number {
  const [from, to] = [part * PART_STEPS, (part + 1) * PART_STEPS];
  return notes.reduce(
    (sum, { startStep, endStep }) => sum + Math.min(endStep, to) - Math.max(startStep, from),
    0,
  );
}

function pitchShares(notes: readonly StepNote[]): Record<string, number> {
  const counts = new Map<number, number>();
  for (const { pitch } of notes) counts.set(pitch, (counts.get(pitch) ?? 0) + 1);
  return Object.fromEntries([...counts].map(([pitch, count]) => [pitch, count / notes.length]));
}

function similarityOf(notes: readonly StepNote[], length: number): number {
  const sounding = notes.map(({ startStep: start, endStep: end, pitch }) => ({
    ...{ start, end, pitch },
  }));
  // A performance that is too short to be compared is as similar as usual.
  return selfSimilarity({ notes: sounding, length }, SIMILAR_STEPS) ?? USUAL.selfSimilarity[0];
}

/** Returns the squared distance of a value from the mean, in standard deviations, of at most `FARTHEST`. */
function distance(value: number, [mean, deviation]: Usual): number {
  const deviations = Math.abs(value - mean) / deviation;
  return Number.isFinite(deviations) ? Math.min(FARTHEST, deviations) ** 2 : FARTHEST ** 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
