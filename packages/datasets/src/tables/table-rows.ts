import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { type JsonObject, shownText, tryParseJson } from '@ramble/core/files';

import { ADVICE_ROWS, chooseFields, type ChosenFields, joinedText } from './choose-fields.js';

/** An open table: the names of its columns, and its rows. */
export interface TableRows {
  /** Names of the columns; nested columns have paths such as `translation.de`. */
  readonly columns: readonly string[];
  /** Number of lines of the file before the first row, such as a header. */
  readonly linesBefore: number;
  /**
   * Yields the values of some columns, row by row; an empty list for an empty line.
   *
   * @param columns - Some of the names in `TableRows.columns`.
   */
  rows(columns: readonly string[]): AsyncIterable<readonly unknown[]>;
  /** Closes the source, whether its rows were read or not; absent if nothing stays open. */
  readonly close?: () => Promise<void>;
}

/**
 * Returns a view of a table as a file with a line of JSON for each row, for every app that reads `.jsonl`.
 * Lines are counted as spreadsheets count rows: the header is the first.
 *
 * @param open - Opens the table; called each time that it is read.
 */
export function tableFile(
  name: string,
  open: () => Promise<TableRows>,
  wanted: WantedFields,
): DataFile {
  return {
    name,
    extension: '.jsonl',
    unit: 'row',
    chunks: () => inChunks(tableLines(name, open, wanted)),
  };
}

async function* tableLines(
  name: string,
  open: () => Promise<TableRows>,
  wanted: WantedFields,
): AsyncGenerator<string> {
  const table = await open();
  try {
    yield* openTableLines(name, table, wanted);
  } finally {
    await table.close?.();
  }
}

async function* openTableLines(
  name: string,
  table: TableRows,
  wanted: WantedFields,
): AsyncGenerator<string> {
  const { fields, onChoice } = wanted;
  const tellLists = listNotes(wanted);
  const { columns, note } = await chooseColumns(name, table, wanted);
  if (note !== undefined) onChoice(name, note);
  const { names, optional = [] } = fields;
  const others = optional.filter((each) => table.columns.includes(each) && !columns.includes(each));
  const [allNames, allColumns] = [
    [...names, ...others],
    [...columns, ...others],
  ];
  yield '\n'.repeat(table.linesBefore);
  let number = table.linesBefore;
  for await (const values of table.rows(allColumns)) {
    const place = `${name} row ${++number}`;
    tellLists(name, allColumns, values);
    yield values.length === 0 ? '\n' : fieldLine(place, allNames, allColumns, values);
  }
}

/**
 * Chooses the columns, which may be given by their numbers from 1. If that fails, the error includes advice
 * from the first rows.
 */
async function chooseColumns(
  name: string,
  table: TableRows,
  { fields, given: typed }: WantedFields,
): Promise<ChosenFields> {
  const { columns } = table;
  const numbered = new Map(columns.map((column, i) => [`${i + 1}`, column]));
  const given = typed?.map((each) =>
    columns.includes(each) ? each : (numbered.get(each) ?? each),
  );
  try {
    return chooseFields(name, columns, fields, given);
  } catch {
    const some: (readonly unknown[])[] = [];
    for await (const row of table.rows(columns)) {
      some.push(row);
      if (some.length === ADVICE_ROWS) break;
    }
    return chooseFields(name, columns, fields, given, some);
  }
}

/** Returns the names of the columns of a table, which it opens and closes. */
export async function columnNames(open: () => Promise<TableRows>): Promise<readonly string[]> {
  const { columns, close } = await open();
  await close?.();
  return columns;
}

/**
 * Returns a view of a table as a file with a line of JSON for each row, after an empty line for each line before the
 * rows; an empty line stays empty.
 *
 * @param open - Opens the table; called each time that it is read.
 * @param write - Returns the value of a row, by the names of its columns; `place` is its position, for errors.
 */
export function rowsFile(
  { name, unit }: Pick<DataFile, 'name' | 'unit'>,
  open: () => Promise<TableRows>,
  columns: readonly string[],
  write: (place: string, row: JsonObject) => object,
): DataFile {
  const lines = (): AsyncGenerator<string> => rowLines({ name, unit }, open, columns, write);
  return { name, extension: '.jsonl', unit, chunks: () => inChunks(lines()) };
}

async function* rowLines(
  { name, unit = 'line' }: Pick<DataFile, 'name' | 'unit'>,
  open: () => Promise<TableRows>,
  columns: readonly string[],
  write: (place: string, row: JsonObject) => object,
): AsyncGenerator<string> {
  const table = await open();
  try {
    yield '\n'.repeat(table.linesBefore);
    let number = table.linesBefore;
    for await (const values of table.rows(columns)) {
      const place = `${name} ${unit} ${++number}`;
      const row = Object.fromEntries(columns.map((column, i) => [column, values[i]]));
      yield values.length === 0 ? '\n' : `${JSON.stringify(write(place, row), plain)}\n`;
    }
  } finally {
    await table.close?.();
  }
}

/**
 * Parses a text cell that contains a list or an object as JSON, as CSV files store them; an empty text becomes
 * `undefined`.
 */
export function parsedCell(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value === '' ? undefined : value;
  return tryParseJson(value) ?? value;
}

/** Describes a value for an error. */
export function shownCell(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  return shownText(typeof value === 'string' ? value : JSON.stringify(value, plain));
}

/** Replacer for `JSON.stringify`: converts Parquet's 64-bit integers (bigint) to numbers. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Returns a value of an object by its name, or of a nested object by its path: `translation.en`. */
export function valueAt(row: unknown, path: string): unknown {
  if (typeof row !== 'object' || row === null) return undefined;
  if (Object.hasOwn(row, path)) return (row as Readonly<Record<string, unknown>>)[path]; // the key exists
  const dot = path.indexOf('.');
  return dot < 0 ? undefined : valueAt(valueAt(row, path.slice(0, dot)), path.slice(dot + 1));
}

const CHUNK_CHARACTERS = 2 ** 16;

/** Joins short texts into larger chunks of UTF-8 bytes, which are faster to read. */
export async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let waiting = '';
  for await (const text of texts) {
    waiting += text;
    if (waiting.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(waiting);
    waiting = '';
  }
  if (waiting !== '') yield Buffer.from(waiting);
}

/** Selection of the texts to read from a table or from lines of JSON. */
export interface WantedFields {
  readonly fields: DataFields;
  /** The columns that the user named, one for each of the app's names. */
  readonly given?: readonly string[];
  /** Called with the name of a file and a note on an automatic choice or conversion, for the user. */
  readonly onChoice: (name: string, note: string) => void;
}

/**
 * Writes an example as a line of JSON with the app's field names. The texts of a list are joined with spaces.
 *
 * @param place - Position of the example, for the error.
 * @param columns - Names of the columns of the values, for the error.
 * @param values - Values in the order of `names`.
 * @throws Error with the position, for a value that is not a text. A missing value is an empty text.
 */
export function fieldLine(
  place: string,
  names: readonly string[],
  columns: readonly string[],
  values: readonly unknown[],
): string {
  const entries = names.map((name, i): readonly [string, string] => {
    const text = joinedText(values[i] ?? '');
    if (text !== undefined) return [name, text];
    throw new Error(`${place}: expected text in ${columns[i]}, got ${shown(values[i])}`);
  });
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

/** Returns a function that reports, once for each column, that the column contains lists, whose texts are joined. */
export function listNotes({
  onChoice,
}: WantedFields): (name: string, columns: readonly string[], values: readonly unknown[]) => void {
  const reported = new Set<string>();
  return (name, columns, values) => {
    values.forEach((value, i) => {
      if (!Array.isArray(value) || reported.has(columns[i])) return;
      reported.add(columns[i]);
      onChoice(name, `joins the texts of each list in ${columns[i]}`);
    });
  };
}

function shown(value: unknown): string {
  const json =
    typeof value === 'bigint' ? String(value) : (JSON.stringify(value) as string | undefined);
  return shownText(json ?? typeof value);
}
