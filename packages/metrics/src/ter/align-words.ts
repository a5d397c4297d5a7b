import type { EditDistances } from './edit-distances.js';

/**
 * An alignment of a hypothesis with its reference: the words that correspond, and the wrong ones.
 */
export interface Alignment {
  /**
   * The index of the last hypothesis word at or before each word of the reference; -1 for none.
   */
  readonly places: Int32Array;
  /** Errors among the first n words, for n from 0 on. */
  readonly hypothesisErrors: Int32Array;
  readonly referenceErrors: Int32Array;
}

/** Reads an alignment out of a table of edit distances. */
export function alignWords(distances: EditDistances): Alignment {
  let [row, column] = [distances.rows, distances.columns];
  const places = new Int32Array(column);
  const hypothesisErrors = new Int32Array(row + 1);
  const referenceErrors = new Int32Array(column + 1);
  while (row > 0 || column > 0) {
    const edit = distances.edit(row, column);
    const isError = edit === 'keep' ? 0 : 1;
    if (edit !== 'delete') {
      places[column - 1] = row - 1;
      referenceErrors[column] = isError;
    }
    if (edit !== 'insert') hypothesisErrors[row] = isError;
    if (edit !== 'delete') column--;
    if (edit !== 'insert') row--;
  }
  accumulate(hypothesisErrors);
  accumulate(referenceErrors);
  return { places, hypothesisErrors, referenceErrors };
}

function accumulate(counts: Int32Array): void {
  for (let i = 1; i < counts.length; i++) counts[i] += counts[i - 1];
}
