import type { TokenPrompt } from '@ramble/core';

import { STEPS_PER_SECOND } from '../events/events.js';
import { DELTA_STEPS } from './anticipation-grammar.js';
import { MAX_STEPS, SEPARATOR, stepOf, type Triple } from './instrument-events.js';

/**
 * Duration in steps of a sequence of a long piece: a sequence counts its times from its beginning, and controls are
 * up to five seconds ahead of its last event.
 */
export const SEQUENCE_STEPS = MAX_STEPS - DELTA_STEPS;

/** Number of ids of an event, a control, or an announcement. */
const TRIPLE = 3;

/** Returns triples with times that count from the earliest one, and that time. */
export function fromFirst(triples: readonly Triple[]): {
  readonly rebased: readonly Triple[];
  readonly base: number;
} {
  const base = triples.reduce((first, triple) => Math.min(first, stepOf(triple)), Infinity);
  return { rebased: triples.map((triple) => moved(triple, -base)), base };
}

/** Returns a triple that begins some steps later. */
export function moved([time, duration, note]: Triple, steps: number): Triple {
  return [time + steps, duration, note];
}

/** Minimum number of triples that stay in a window, so that it begins before the next control. */
const NEWEST = 2;

/** Steps by which the window of a long primer advances, so that the newest 85 seconds have times of one window. */
const ADVANCE_STEPS = 10 * STEPS_PER_SECOND;

/**
 * Encodes events of any length as ids. A piece of more than 95 seconds has several windows, which `announcement`
 * begins.
 *
 * @param begin - The id that begins a sequence.
 * @returns the ids after `begin`, and the step from which the last window counts.
 */
export function encodeWindows(
  begin: number,
  events: readonly Triple[],
): { readonly ids: readonly number[]; readonly base: number } {
  const ids: number[] = [];
  let base = 0;
  for (const event of events) {
    for (; stepOf(event) - base >= SEQUENCE_STEPS; base += ADVANCE_STEPS) {
      ids.push(...announcement(begin, ADVANCE_STEPS));
    }
    ids.push(...moved(event, -base));
  }
  return { ids, base };
}

/** Returns ids that announce a window whose times count from a later step. No model reads or writes them. */
function announcement(begin: number, steps: number): Triple {
  return [begin, begin, steps];
}

/** Triples with steps from the beginning of the first window, and the step from which the last window counts. */
interface ReadTriples {
  readonly triples: readonly Triple[];
  readonly base: number;
}

/**
 * Reads ids as triples. An id that begins a sequence begins another sequence of a long piece, {@link SEQUENCE_STEPS}
 * later, except at the beginning and in an announcement of a window. An incomplete triple at the end is left out.
 */
export function readTriples(ids: ArrayLike<number>): ReadTriples {
  const triples: Triple[] = [];
  let base = 0;
  for (let i = 0; i < ids.length;) {
    const [id, second, third] = [ids[i], ids[i + 1], ids[i + 2]];
    const isComplete = i + 2 < ids.length;
    if (isComplete && id > SEPARATOR && second === id && third < MAX_STEPS) {
      base += third;
      i += 3;
    } else if (id >= SEPARATOR) {
      if (id > SEPARATOR && i > 0) base += SEQUENCE_STEPS;
      i++;
    } else if (isComplete) {
      triples.push([id + base, second, third]);
      i += 3;
    } else break;
  }
  return { triples, base };
}

/**
 * Slides the window of a sequence before an event: to the newest triples if there is no room for two more, as in
 * the reference, and to the newest half of its time if its times end, which the reference cannot.
 */
export const slideWindow: NonNullable<TokenPrompt['slide']> = (tokens, { length, room, kept }) => {
  const most = Math.floor((room - 1) / TRIPLE) - 2;
  if (most < NEWEST || tokens.length < 1 + TRIPLE || (tokens.length - 1) % TRIPLE !== 0)
    return undefined;
  const [begin, newest] = [tokens[0], tokens[tokens.length - TRIPLE]];
  const isFull = length > 1 + TRIPLE * most;
  const isLong = newest >= SEQUENCE_STEPS && newest < MAX_STEPS;
  // A primer of several windows, none of which the model has read.
  const isPrimer = length === tokens.length && tokens.includes(begin, 1);
  if (!isFull && !isLong && !isPrimer) return undefined;
  const { triples, base } = readTriples(tokens);
  const first = base + (isLong ? newest - SEQUENCE_STEPS / 2 : 0);
  const count = Math.min(most, Math.max(NEWEST, Math.floor((kept - 1) / TRIPLE)));
  const stay = triples.slice(-count).filter((triple, i, { length: of }) => {
    return stepOf(triple) >= (i < of - NEWEST ? first : base);
  });
  if (stay.length === 0) return undefined;
  const { rebased, base: next } = fromFirst(stay);
  return { tokens: [begin, ...rebased.flat()], announced: announcement(begin, next - base) };
};
