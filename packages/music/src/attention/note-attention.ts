import type { PromptAttention } from '@ramble/core/study';

import { type LocatedNote, locateNotes } from './locate-notes.js';

/**
 * Attention of one note in one layer. Each arc has three numbers: head, index of the attended note, and
 * attention in thousandths.
 */
type Arcs = readonly number[];

/** The attention weights between the notes of a prompt. */
export interface NoteAttention {
  readonly notes: readonly LocatedNote[];
  readonly nHead: number;
  /** Attention of each note, indexed `layers[layer][note]`. */
  readonly layers: readonly (readonly Arcs[])[];
}

/** Smallest attention that is visible in a picture. */
const MIN_WEIGHT = 0.01;
const ARCS_A_HEAD = 10;

/**
 * Computes attention between notes instead of tokens: the query is the token that strikes a note, and its
 * attention to another note's velocity, on and off is summed. Attention to shifts and to the note itself is
 * left out. Only the ten strongest arcs of each head are kept.
 *
 * @throws RangeError if the prompt has no note.
 */
export function noteAttention({ tokens, attention }: PromptAttention): NoteAttention {
  const notes = locateNotes(tokens.map(({ token }) => token));
  if (notes.length === 0) throw new RangeError('prompt: expected at least one note, got none');
  const layers = attention.map((heads) =>
    notes.map((note, i) =>
      heads.flatMap((rows, head) => arcsOf(notes.slice(0, i), rows[note.struckAt], head)),
    ),
  );
  return { notes, nHead: attention[0].length, layers };
}

/**
 * @param before - Notes that can be attended to.
 * @param row - Weights of all positions, up to the position of the query's token.
 */
function arcsOf(before: readonly LocatedNote[], row: Float32Array, head: number): number[] {
  return before
    .map(({ tokens }, index) => ({
      index,
      // The end of a note may come after the query; its weight is 0.
      weight: tokens.reduce((sum, position) => sum + row[position], 0),
    }))
    .filter(({ weight }) => weight >= MIN_WEIGHT)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, ARCS_A_HEAD)
    .flatMap(({ index, weight }) => [head, index, Math.round(1000 * weight)]);
}
