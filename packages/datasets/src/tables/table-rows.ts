/** An open table: the names of its columns, and its rows. */
export interface TableRows {
  /** Names of the columns; the paths of nested ones: `translation.de`. */
  readonly columns: readonly string[];
  /** Lines of the file before the first row: a header. */
  readonly linesBefore: number;
  /**
   * The values of some columns, row by row; an empty list for an empty line.
   *
   * @param columns - Some of `columns`, or their numbers from 1.
   */
  rows(columns: readonly string[]): AsyncIterable<readonly unknown[]>;
  /** Closes what is read, whether its rows were read or not; absent where nothing stays open. */
  readonly close?: () => Promise<void>;
}
