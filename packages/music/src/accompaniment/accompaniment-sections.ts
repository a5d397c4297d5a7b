import type { TokenExample } from '@ramble/core';

import { encodeNotes, STEPS_PER_SECOND } from '../events/events.js';
import { inSeconds } from '../notes/apply-pedal.js';
import type { StepNote } from '../notes/note.js';
import {
  accompanimentExample,
  highestNotes,
  melodyStepAt,
  STEPS_PER_MELODY_STEP,
} from './encode-melody.js';

/** Estimated number of tokens per note, including shifts and melody. */
const TOKENS_A_NOTE = 4;

/**
 * Splits a performance into consecutive sections, each with its melody before it and as long as melody and section
 * together fit into the context, so that the model always sees the melody. A note belongs to the section in which it is
 * struck. It ends when the next section begins, or when its melody fills half of the context.
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
 * Encodes notes with their melody, as if they began a piece.
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
 * Returns the number of notes that fit into a context, at least one. Trying a number encodes the notes, so the next
 * number is estimated from the length of the last try.
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

/** Moves the end of a section to before a chord that it would divide, if the section then still has notes. */
function beforeChord(sorted: readonly StepNote[], first: number, end: number): number {
  const stepOf = (index: number): number | undefined =>
    index < sorted.length ? melodyStepAt(sorted[index].startStep) : undefined;
  let whole = end;
  while (whole > first && stepOf(whole - 1) === stepOf(whole)) whole--;
  return whole > first ? whole : end;
}

/**
 * Maximum number of steps for which a note keeps lower notes out of the melody, because the pedal may hold it for much
 * longer.
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
