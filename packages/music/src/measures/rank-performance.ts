import { STEPS_PER_SECOND } from '../events/events.js';
import { listAt, type StepNote } from '../notes/note.js';
import { selfSimilarity } from './copied-share.js';
import { bitsOf, pitchClassShares } from './shares.js';

/** Length in steps of the parts of a performance that are compared with human performances. */
const PART_STEPS = 10 * STEPS_PER_SECOND;
/** Length in steps of the windows that self-similarity compares. */
const SIMILAR_STEPS = 2 * STEPS_PER_SECOND;
/** Maximum distance from the mean, in standard deviations, that counts: silence is not infinitely bad. */
const FARTHEST = 5;

/** Mean and standard deviation of a measure of human performances. */
type Usual = readonly [mean: number, deviation: number];

/**
 * Measures of 337 performances of piano-midi.de: natural logarithms and bits for each ten seconds of their first minute,
 * and the others for the whole minute.
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
 * @returns at most 0; the lowest rank for a performance without notes.
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
    return meanOf([
      distance(Math.log(soundingSteps(part, i) / steps), USUAL.logNotesAtOnce),
      distance(Math.log((struck.length * STEPS_PER_SECOND) / steps), USUAL.logNotesPerSecond),
      distance(Math.log(lengths / struck.length / STEPS_PER_SECOND), USUAL.logNoteSeconds),
      distance(bitsOf(pitchShares(struck)), USUAL.pitchBits),
    ]);
  });
  return -meanOf([meanOf(parts), meanOf(whole)]);
}

/** Returns the notes that sound in each part; the last part may be shorter, but not shorter than a second. */
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

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
