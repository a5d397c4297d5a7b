import type { TokenExample, TokenPrompt } from '@ramble/core';

import { encodeNotes, END, PITCHES, pitchName, STEPS_PER_SECOND } from '../events/events.js';
import { inSeconds } from '../notes/apply-pedal.js';
import type { StepNote } from '../notes/note.js';

/** Returns the index of the melody step (100 ms) that is nearest to a step of 10 ms; halves are rounded up. */
function melodyStepAt(step: number): number {
  return Math.floor(step / STEPS_PER_MELODY_STEP + 0.5);
}

/** Returns the highest note that begins in each melody step (100 ms), in order of time. */
function highestNotes(notes: readonly StepNote[]): readonly StepNote[] {
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

/**
 * First id of the melody tokens, which follow the event ids. `MELODY_NOTE + pitch` begins a note. A melody has one
 * token per melody step (100 ms).
 */
export const MELODY_NOTE = END + 1;
export const MELODY_OFF = MELODY_NOTE + PITCHES;
/** The id of a melody step in which nothing changes: a note continues, or silence. */
export const MELODY_HOLD = MELODY_OFF + 1;
/** Id of the separator between a melody and its performance. */
export const PERFORMANCE = MELODY_HOLD + 1;
/** Vocabulary size of models that accompany melodies: the event ids, `END`, the melody ids and the separator. */
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

/** Estimated number of tokens per note, including shifts and melody. */
const TOKENS_A_NOTE = 4;

/**
 * Splits a performance into consecutive sections, one per training example, so that the model always sees the melody
 * of the notes that it generates. Each section has as many notes as fit into the context together with their melody,
 * which precedes them. A note belongs to the section in which it is struck. It is cut where the next section begins,
 * and where its melody tokens would fill half of the context.
 *
 * @throws RangeError if the context is too short for a note and its melody.
 */
export function* accompanimentSections(
  notes: readonly StepNote[],
  contextLength: number,
): Generator<TokenExample> {
  const sorted = [...notes].sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
  for (let first = 0; first < sorted.length;) {
    const section = (end: number): TokenExample => {
      const next = end < sorted.length ? sorted[end].startStep : Infinity;
      return encodeSection(sorted.slice(first, end), next, contextLength);
    };
    const max = mostThatFit(sorted.length - first, contextLength, (count) => {
      return section(first + count).tokens.length;
    });
    const end = beforeChord(sorted, first, first + max);
    const example = section(end);
    const { length } = example.tokens;
    if (length > contextLength) {
      throw new RangeError(
        `contextLength: expected at least ${length}, enough for a note and its melody, got ${contextLength}`,
      );
    }
    yield example;
    first = end;
  }
}

/**
 * Encodes the notes of one section with their melody. Times count from the section's first note.
 *
 * @param next - Step at which the next section begins.
 */
function encodeSection(
  notes: readonly StepNote[],
  next: number,
  contextLength: number,
): TokenExample {
  const start = Math.floor(notes[0].startStep / STEPS_PER_MELODY_STEP) * STEPS_PER_MELODY_STEP;
  const longest = (contextLength / 2) * STEPS_PER_MELODY_STEP;
  const moved = notes.map((note) => {
    const end = Math.min(note.endStep, note.startStep + longest, next);
    const endStep = Math.max(end, note.startStep + 1) - start; // part of a divided chord
    return { ...note, startStep: note.startStep - start, endStep };
  });
  return accompanimentExample(skyline(moved), encodeNotes(moved.map(inSeconds)));
}

/**
 * Returns the number of notes that fit into a context, from 1 to `limit`. Because `lengthOf` is slow, the search does
 * not bisect: it estimates each next number from the length that it measured last.
 */
function mostThatFit(
  limit: number,
  contextLength: number,
  lengthOf: (count: number) => number,
): number {
  let [low, high] = [1, limit];
  let count = Math.floor(contextLength / TOKENS_A_NOTE);
  while (low < high) {
    count = Math.min(high, Math.max(low + 1, count));
    const length = lengthOf(count);
    if (length <= contextLength) low = count;
    else high = count - 1;
    count = Math.floor((count * contextLength) / length);
  }
  return low;
}

/**
 * Returns the index at which a section ends: `end`, or the beginning of the chord that `end` would divide, unless
 * that chord is the whole section.
 */
function beforeChord(sorted: readonly StepNote[], first: number, end: number): number {
  const stepOf = (index: number): number | undefined =>
    index < sorted.length ? melodyStepAt(sorted[index].startStep) : undefined;
  let whole = end;
  while (whole > first && stepOf(whole - 1) === stepOf(whole)) whole--;
  return whole > first ? whole : end;
}

/**
 * Number of melody steps (one second) for which a high note keeps lower notes out of the melody. It is limited because
 * the pedal may hold the note for much longer.
 */
const HIDES_STEPS = STEPS_PER_SECOND / STEPS_PER_MELODY_STEP;

/**
 * Extracts the melody of a performance: the highest of the notes that are struck together, unless a higher
 * melody note from the last second still sounds.
 *
 * @see Uitdenbogerd and Zobel 1998, "Manipulation of Music for Melody Matching", whose skyline lets every
 *   lower note cut off a higher one
 */
export function skyline(notes: readonly StepNote[]): readonly StepNote[] {
  const melody: StepNote[] = [];
  for (const note of highestNotes(notes)) {
    const last = melody.at(-1);
    if (!last || note.pitch >= last.pitch || !hides(last, note)) melody.push(note);
  }
  return melody;
}

function hides(last: StepNote, note: StepNote): boolean {
  const [struck, ends] = [melodyStepAt(last.startStep), melodyStepAt(last.endStep)];
  return melodyStepAt(note.startStep) < Math.min(ends, struck + HIDES_STEPS);
}
