import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';

/** From so many notes on they are one class of how many sound at once. */
const MOST_SOUNDING = 8;
/** Parts of a performance in which notes at once are told, in seconds; what comes later is one part. */
const PART_SECONDS = 10;
const PARTS = 12;

type Performances = readonly (readonly StepNote[])[];

/** The number of steps of a performance. */
export function lengthOf(notes: readonly StepNote[]): number {
  return notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
}

/** The shares of all steps by the number of notes that sound. */
export function soundingShares(performances: Performances): Record<string, number> {
  const counts = new Float64Array(MOST_SOUNDING + 1);
  for (const notes of performances) {
    for (const sounding of soundingAt(notes)) counts[Math.min(sounding, MOST_SOUNDING)]++;
  }
  const steps = counts.reduce((sum, count) => sum + count, 0);
  const shares = Array.from(counts, (count, i): [string, number] => {
    return [i === MOST_SOUNDING ? `${i} or more` : `${i}`, count / Math.max(1, steps)];
  });
  return Object.fromEntries(shares.filter(([, share]) => share > 0));
}

/** Notes at once in every ten seconds of performances, as far as they last. */
export function notesAtOnceOverTime(performances: Performances): Record<string, number> {
  const partSteps = PART_SECONDS * STEPS_PER_SECOND;
  const [notes, steps] = [new Float64Array(PARTS + 1), new Float64Array(PARTS + 1)];
  for (const performance of performances) {
    soundingAt(performance).forEach((sounding, step) => {
      const part = Math.min(PARTS, Math.floor(step / partSteps));
      notes[part] += sounding;
      steps[part]++;
    });
  }
  const named = Array.from(notes, (sum, part): [string, number] => {
    const from = part * PART_SECONDS;
    return [
      part === PARTS ? `${from} s or later` : `${from} to ${from + PART_SECONDS} s`,
      sum / steps[part],
    ];
  });
  return Object.fromEntries(named.filter((_, part) => steps[part] > 0));
}

/** How many notes sound at each step. */
function soundingAt(notes: readonly StepNote[]): Int32Array {
  const changes = new Int32Array(lengthOf(notes) + 1);
  for (const { startStep, endStep } of notes) {
    changes[startStep]++;
    changes[endStep]--;
  }
  let sounding = 0;
  return changes.map((change) => (sounding += change)).subarray(0, -1);
}
