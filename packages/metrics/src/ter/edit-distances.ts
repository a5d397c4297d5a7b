/** Distance from the diagonal up to which entries are computed, as in Tercom. */
const BEAM_WIDTH = 25;
/** A distance that was not computed; sums with it stay in range. */
const UNKNOWN = 2 ** 30;

/**
 * Table of edit distances between prefixes of a hypothesis and prefixes of its reference, near the
 * diagonal.
 */
export interface EditDistances {
  readonly rows: number;
  readonly columns: number;
  /** Computes the whole table, a row for each beginning of `words`. */
  fill(words: Int32Array): void;
  /** The last distance of the table. */
  last(): number;
  /**
   * The last edit of an entry; among edits of equal cost the order is keep or replace, delete,
   * insert.
   */
  edit(row: number, column: number): Edit;
  /**
   * Returns the distance of other words that equal the table's in the first `from`; the table
   * stays.
   */
  distanceOf(words: Int32Array, from: number): number;
}

/**
 * An edit: insert a word of the reference, delete a word of the hypothesis, keep a word or replace
 * it.
 */
type Edit = 'insert' | 'delete' | 'keep' | 'replace';

/**
 * Prepares the edit distances of hypotheses to one reference.
 *
 * @param rows - Number of words of each hypothesis; all hypotheses have the same number.
 */
export function editDistances(reference: Int32Array, rows: number): EditDistances {
  const columns = reference.length;
  const ratio = rows > 0 ? columns / rows : 1;
  const beam = BEAM_WIDTH < ratio / 2 ? Math.ceil(ratio / 2 + BEAM_WIDTH) : BEAM_WIDTH;

  /** Computes row `i` from the row above it, near the diagonal. */
  const fillRow = (i: number, word: number, above: Int32Array, row: Int32Array): void => {
    row.fill(UNKNOWN);
    const diagonal = Math.floor(i * ratio);
    const end = i === rows ? columns + 1 : Math.min(columns + 1, diagonal + beam);
    for (let j = Math.max(0, diagonal - beam); j < end; j++) {
      if (j === 0) {
        row[0] = above[0] + 1;
        continue;
      }
      const replaced = above[j - 1] + (word === reference[j - 1] ? 0 : 1);
      const moved = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
      row[j] = replaced < moved ? replaced : moved;
    }
  };

  const table = Array.from({ length: rows + 1 }, () => new Int32Array(columns + 1));
  for (let j = 0; j <= columns; j++) table[0][j] = j;
  const spare = [new Int32Array(columns + 1), new Int32Array(columns + 1)];
  let known = new Int32Array(rows);
  return {
    rows,
    columns,
    fill: (words) => {
      known = Int32Array.from(words);
      for (let i = 1; i <= rows; i++) fillRow(i, words[i - 1], table[i - 1], table[i]);
    },
    last: () => table[rows][columns],
    edit: (row, column) => {
      if (row === 0) return 'insert';
      if (column === 0) return 'delete';
      const cost = table[row][column];
      const isSame = known[row - 1] === reference[column - 1];
      if (cost === table[row - 1][column - 1] + (isSame ? 0 : 1))
        return isSame ? 'keep' : 'replace';
      return cost === table[row - 1][column] + 1 ? 'delete' : 'insert';
    },
    distanceOf: (words, from) => {
      let above = table[from];
      for (let i = from + 1; i <= rows; i++) {
        const row = spare[i % 2];
        fillRow(i, words[i - 1], above, row);
        above = row;
      }
      return above[columns];
    },
  };
}
