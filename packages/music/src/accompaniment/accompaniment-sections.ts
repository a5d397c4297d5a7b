import type { TokenExample } from '@ramble/core';

import { encodeNotes } from '../events/encode-notes.js';
import { inSeconds } from '../notes/in-seconds.js';
import type { StepNote } from '../notes/note.js';
import { accompanimentExample } from './accompaniment-tokens.js';
import { melodyStepAt } from './encode-melody.js';
import { STEPS_PER_MELODY_STEP } from './melody-ids.js';
import { skyline } from './skyline.js';

/**
 * A performance in sections that follow each other, each with its own melody before it and as long as
 * both fit into the context: a model always sees what it plays to. A note belongs to the section in
 * which it is struck; it sounds to its end, if its melody does not fill half of the context till then.
 *
 * @throws RangeError when the context has no room for a note and its melody.
 */
export function* accompanimentSections(
  notes: readonly StepNote[],
  contextLength: number,
): Generator<TokenExample> {
  const sorted = [...notes].sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
  for (let first = 0; first < sorted.length;) {
    const section = (end: number): TokenExample =>
      encodeSection(sorted.slice(first, end), contextLength);
    const end = beforeChord(
      sorted,
      first,
      largest(first + 1, Math.min(sorted.length, first + contextLength), (count) => {
        return section(count).tokens.length <= contextLength;
      }),
    );
    const example = section(end);
    const { length } = example.tokens;
    if (length > contextLength) {
      throw new RangeError(
        `contextLength: expected at least ${length}, for a note and its melody, got ${contextLength}`,
      );
    }
    yield example;
    first = end;
  }
}

/** Notes with their melody, as if they began a piece. */
function encodeSection(notes: readonly StepNote[], contextLength: number): TokenExample {
  const start = Math.floor(notes[0].startStep / STEPS_PER_MELODY_STEP) * STEPS_PER_MELODY_STEP;
  const longest = (contextLength / 2) * STEPS_PER_MELODY_STEP;
  const moved = notes.map((note) => {
    const startStep = note.startStep - start;
    return { ...note, startStep, endStep: Math.min(note.endStep - start, startStep + longest) };
  });
  return accompanimentExample(skyline(moved), encodeNotes(moved.map(inSeconds)));
}

/** The last number up to a limit for which something holds, as it does for those before; at least the first. */
function largest(first: number, last: number, holds: (number: number) => boolean): number {
  let [low, high] = [first, last];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Moves an end to before the notes that are struck together with those behind it, if others are left. */
function beforeChord(sorted: readonly StepNote[], first: number, end: number): number {
  const stepOf = (index: number): number | undefined =>
    index < sorted.length ? melodyStepAt(sorted[index].startStep) : undefined;
  let whole = end;
  while (whole > first && stepOf(whole - 1) === stepOf(whole)) whole--;
  return whole > first ? whole : end;
}
