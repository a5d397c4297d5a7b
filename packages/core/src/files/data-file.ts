/** A file of data, read once from its beginning. */
export interface DataFile {
  /** Name of the file, for error messages. */
  readonly name: string;
  readonly sizeBytes?: number;
  /** The ending of its content, where that is not the name's: `.txt` for `book.txt.gz`. */
  readonly extension?: string;
  /** The word for a line in errors: `row` in a table, `line` by default. */
  readonly unit?: 'line' | 'row' | 'paragraph';
  chunks(): AsyncIterable<Uint8Array>;
}
