import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { DataFile } from '@ramble/core';
import { decodeUtf8 } from '@ramble/core/files';

import { peek } from '../files/byte-streams.js';
import type { TableRows } from './table-rows.js';

const HEAD_BYTES = 2 ** 16;
/** Maximum length of a row. Without it, an unclosed quote would read the whole file into memory. */
const MAX_ROW_CHARACTERS = 2 ** 27;

export interface CsvOptions {
  /**
   * Whether the first line has the names of the columns. Otherwise they are named by their numbers, from 1.
   */
  readonly hasHeader: boolean;
  /** Whether values may be quoted. In files with tabs, quotes are part of the values. */
  readonly hasQuotes: boolean;
}

/**
 * Opens a CSV file as a table, at constant memory. The separator is the most frequent of comma, semicolon and tab in
 * the first line.
 *
 * @throws Error that names the file, and the line of a quote that is misplaced.
 */
export async function csvRows(
  file: Pick<DataFile, 'name' | 'chunks'>,
  { hasHeader, hasQuotes }: CsvOptions,
): Promise<TableRows> {
  const { head, chunks, close } = await peek(file.chunks(), HEAD_BYTES);
  const delimiter = delimiterOf(head);
  const reader = records(file.name, chunks, { delimiter, quote: hasQuotes ? '"' : false });
  const first = await reader.next().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const header = first.done === true ? [] : first.value;
  const columns = hasHeader ? header : header.map((_, i) => `${i + 1}`);
  return {
    columns,
    linesBefore: hasHeader ? 1 : 0,
    close: async () => {
      await reader.return(undefined);
      await close();
    },
    rows: async function* (wanted) {
      const places = wanted.map((column) => columns.indexOf(column));
      const pick = (record: readonly string[]): readonly unknown[] =>
        record.length === 1 && record[0] === '' && columns.length > 1
          ? []
          : places.map((place) => record.at(place));
      if (!hasHeader && header.length > 0) yield pick(header);
      for await (const record of reader) yield pick(record);
    },
  };
}

async function* records(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  marks: { readonly delimiter: string; readonly quote: string | false },
): AsyncGenerator<readonly string[]> {
  const { CsvError, parse } = await import('csv-parse'); // not before it is used: this is loaded with every command
  const parser = parse({
    ...marks,
    relax_column_count: true,
    max_record_size: MAX_ROW_CHARACTERS,
  });
  const done = pipeline(Readable.from(decodeUtf8(name, chunks)), parser).catch(() => undefined); // the loop throws the error
  try {
    const rows = parser as AsyncIterable<readonly string[]>; // without `columns`, a record is a list
    yield* rows;
  } catch (error) {
    throw error instanceof CsvError
      ? new Error(`${name}: expected CSV, got ${error.message}`, { cause: error })
      : error;
  } finally {
    parser.destroy();
    await done;
  }
}

/** Returns the separator of the values in the first line, outside of quotes. */
function delimiterOf(head: Uint8Array): string {
  const [line] = Buffer.from(head)
    .toString('latin1')
    .replace(/"[^"]*"/g, '')
    .split('\n', 1);
  const count = (mark: string): number => line.split(mark).length - 1;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
