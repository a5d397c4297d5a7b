import type { TokenExample, TokenPrompt } from '@ramble/core';

import { END, PITCHES, pitchName } from '../events/events.js';
import type { StepNote } from '../notes/note.js';

/** Returns the melody step that is nearest to a step of 10 ms; halves are rounded up. */
export function melodyStepAt(step: number): number {
  return Math.floor(step / STEPS_PER_MELODY_STEP + 0.5);
}

/** Returns the highest note that is struck in each melody step, in order of time. */
export function highestNotes(notes: readonly StepNote[]): readonly StepNote[] {
  const highest = new Map<number, StepNote>();
  for (const note of notes) {
    const step = melodyStepAt(note.startStep);
    if (note.pitch > (highest.get(step)?.pitch ?? -1)) highest.set(step, note);
  }
  return [...highest].sort(([a], [b]) => a - b).map(([, note]) => note);
}

/**
 * Encodes a melody on a grid of 100 ms, with one token per step: a note begins, a note ends, or nothing
 * changes. If several notes begin in one step, the highest is encoded. A note ends at the latest when the
 * next one begins. The melody ends with its last note.
 *
 * @see Huang et al. 2018, on conditioned generation, https://arxiv.org/abs/1809.04281, with the melodies of
 *   Waite 2016, "Generating Long-Term Structure in Songs and Stories"
 */
export function encodeMelody(notes: readonly StepNote[]): number[] {
  const melody = highestNotes(notes);
  const ids: number[] = [];
  melody.forEach(({ startStep, endStep, pitch }, i) => {
    const start = melodyStepAt(startStep);
    const next = i + 1 < melody.length ? melodyStepAt(melody[i + 1].startStep) : Infinity;
    const end = Math.min(next, Math.max(start + 1, melodyStepAt(endStep)));
    while (ids.length < start) ids.push(MELODY_HOLD);
    ids.push(MELODY_NOTE + pitch);
    while (ids.length < end) ids.push(MELODY_HOLD);
    if (end < next && next < Infinity) ids.push(MELODY_OFF);
  });
  return ids;
}

/** Number of 10 ms steps in a melody step of 100 ms. */
export const STEPS_PER_MELODY_STEP = 10;

/** The first id of melody tokens, after the ids of events; a melody has one token per melody step. */
export const MELODY_NOTE = END + 1;
export const MELODY_OFF = MELODY_NOTE + PITCHES;
/** The id of a melody step in which nothing changes: a note continues, or silence. */
export const MELODY_HOLD = MELODY_OFF + 1;
/** The id between a melody and its performance. */
export const PERFORMANCE = MELODY_HOLD + 1;
/** Number of ids, including the events and the end. */
export const ACCOMPANIMENT_IDS = PERFORMANCE + 1;

/**
 * Describes a melody token for people: `melody C4`.
 *
 * @returns `undefined` if the id is not a melody token.
 */
export function describeMelody(id: number): string | undefined {
  if (id >= MELODY_NOTE && id < MELODY_OFF) return `melody ${pitchName(id - MELODY_NOTE)}`;
  if (id === MELODY_OFF) return 'melody rests';
  if (id === MELODY_HOLD) return 'melody goes on';
  return id === PERFORMANCE ? 'performance' : undefined;
}

/**
 * Makes the prompt of an accompaniment: the melody, and events of the performance, if any. The melody is a
 * prefix, for models in which the tokens of a prefix attend to one another in both directions.
 */
export function accompanimentPrompt(
  melody: readonly StepNote[],
  events: ArrayLike<number> = [],
): TokenPrompt & { readonly prefixLength: number } {
  const before = [END, ...encodeMelody(melody), PERFORMANCE];
  return {
    tokens: Int32Array.from([...before, ...Array.from(events)]),
    prefixLength: before.length,
  };
}

/**
 * Makes a training example: a melody followed by the whole performance. The loss covers only the performance.
 */
export function accompanimentExample(
  melody: readonly StepNote[],
  events: ArrayLike<number>,
): TokenExample {
  const { tokens, prefixLength } = accompanimentPrompt(melody, events);
  const lossWeights = new Float32Array(tokens.length + 1).fill(1, prefixLength);
  return { tokens: Int32Array.from([...Array.from(tokens), END]), lossWeights, prefixLength };
}
