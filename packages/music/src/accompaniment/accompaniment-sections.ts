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

/** Tokens of a note, about, with its share of shifts and melody. */
const TOKENS_A_NOTE = 4;

/**
 * A performance in sections that follow each other, each with its own melody before it and as long as
 * both fit into the context: a model always sees what it plays to. A note belongs to the section in
 * which it is struck. There it sounds till the next section begins, or its melody fills half of the
 * context.
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
 * Notes with their melody, as if they began a piece.
 *
 * @param next - The step at which others follow.
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
    const endStep = Math.max(end, note.startStep + 1) - start; // of a chord that is divided
    return { ...note, startStep: note.startStep - start, endStep };
  });
  return accompanimentExample(skyline(moved), encodeNotes(moved.map(inSeconds)));
}

/**
 * Returns the number of notes that fit into a context, at least one. Each try encodes the notes, so
 * the next number of notes is estimated from the length of the last try.
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

/** Moves an end before the notes that are struck in the same melody step as those after it, if others are left. */
function beforeChord(sorted: readonly StepNote[], first: number, end: number): number {
  const stepOf = (index: number): number | undefined =>
    index < sorted.length ? melodyStepAt(sorted[index].startStep) : undefined;
  let whole = end;
  while (whole > first && stepOf(whole - 1) === stepOf(whole)) whole--;
  return whole > first ? whole : end;
}

/**
 * Steps for which a note keeps lower ones out of the melody: the pedal may hold it for much longer.
 */
const HIDES_STEPS = STEPS_PER_SECOND / STEPS_PER_MELODY_STEP;

/**
 * The melody of a performance, by a rule: of notes struck together the highest, unless a higher note
 * of the melody that was struck within the last second still sounds.
 *
 * @see Uitdenbogerd and Zobel 1998, "Manipulation of Music for Melody Matching", whose skyline lets
 *   every lower note cut off a higher one
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
