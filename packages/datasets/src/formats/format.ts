import type { DataFile } from '@ramble/core';

import type { TableRows } from '../tables/table-rows.js';

/** A kind of file that is recognized, and advice on converting it if it is not read. */
export interface KnownKind {
  /** Name with its article: `a PDF`. */
  readonly name: string;
  /** Extensions that only this kind has, with their dots: `['.pdf']`. */
  readonly extensions: readonly string[];
  /** Pattern of the file's first bytes, read as Latin-1. */
  readonly magic?: RegExp;
  /** Pattern of the name of a member that only this kind of zip archive has. */
  readonly member?: RegExp;
  /** Whether files of this kind are text, which a text model may be trained on unchanged. */
  readonly isText?: boolean;
  /** Advice to the user on what to do with the file: `pdftotext converts it to text`. */
  readonly remedy?: string;
}

/** A file to convert. */
export interface FormatFile extends Pick<DataFile, 'name' | 'chunks'> {
  /** Files in the archive, named `FILE/MEMBER`; only for formats that are zip archives. */
  readonly members?: () => Promise<readonly DataFile[]>;
}

/** A format whose text is read without its markup: a document. */
export interface TextFormat extends KnownKind {
  readonly gives: 'text';
  /**
   * Reads the text, with an empty line between paragraphs.
   *
   * @throws Error that names the file if it is damaged, truncated or of another kind.
   */
  readonly text: (file: FormatFile) => AsyncIterable<string>;
}

/** A format of texts and their translations: a table with a column for each language. */
export interface PairFormat extends KnownKind {
  readonly gives: 'pairs';
  /**
   * Opens the table.
   *
   * @throws Error that names the file if it is damaged, truncated or of another kind.
   */
  readonly rows: (file: FormatFile) => Promise<TableRows>;
}

/** A format that is not plain text, but whose text can be read. */
export type DataFormat = TextFormat | PairFormat;

/** A text and its translation. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** Returns a table of pairs with the columns `source` and `target`. */
export function pairTable(read: () => AsyncIterable<Pair>): TableRows {
  return {
    columns: ['source', 'target'],
    linesBefore: 0,
    rows: async function* (columns) {
      for await (const { source, target } of read()) {
        yield columns.map((column) => (column === 'source' ? source : target));
      }
    },
  };
}
