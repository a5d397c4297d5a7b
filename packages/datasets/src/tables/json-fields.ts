import { fileLines, isObject, type JsonObject, shownText, tryParseJson } from '@ramble/core/files';
import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';

import { peek, type Peeked, peeking } from '../files/byte-streams.js';
import { ADVICE_ROWS, chooseFields, joinedText } from './choose-fields.js';
import {
  fieldLine,
  inChunks,
  listNotes,
  type TableRows,
  valueAt,
  type WantedFields,
} from './table-rows.js';

/** Number of bytes that are searched for the end of the first line. */
const HEAD_BYTES = 2 ** 20;

/**
 * Renames the fields of lines of JSON to the app's names. A file whose first line has the app's
 * names stays unchanged, byte for byte.
 */
export function jsonFields(file: DataFile, wanted: WantedFields): DataFile {
  const read = (content: Peeked): AsyncGenerator<Uint8Array> => chosenLines(file, content, wanted);
  return { ...file, chunks: () => peeking(file.chunks(), HEAD_BYTES, read) };
}

/**
 * Returns a file of JSON as a file with an object on each line. A list of objects in `.json` or `.jsonl` becomes lines,
 * and a list of messages one conversation. Lines may be named `.json`.
 *
 * @param extension - Extension of the content.
 * @returns `undefined` if the file has neither lines of JSON nor such a list.
 */
export async function jsonLines(file: DataFile, extension: string): Promise<DataFile | undefined> {
  if (extension !== '.json' && extension !== '.jsonl') return undefined;
  const { head, close } = await peek(file.chunks(), HEAD_BYTES);
  await close();
  const text = new TextDecoder().decode(head).trimStart();
  if (/^\[\s*\{/.test(text) && !isListOnLine(text)) {
    return {
      ...{ name: file.name, extension: '.jsonl', unit: 'row' },
      chunks: () => inChunks(listLines(file)),
    };
  }
  if (extension === '.jsonl') return file;
  return firstObjects(head)[0] && { ...file, extension: '.jsonl' };
}

/** Whether a text has several lines, and its first line alone is valid JSON, such as a whole list. */
function isListOnLine(text: string): boolean {
  const [first, ...others] = text.split('\n');
  return others.some((line) => line.trim() !== '') && tryParseJson(first) !== undefined;
}

async function* listLines(file: DataFile): AsyncGenerator<string> {
  const { name } = file;
  const lines: string[] = [];
  for await (const line of fileLines(file)) lines.push(line);
  const list = parsed(name, lines.join('\n'));
  const isTalk = list.every((each) => isObject(each) && 'role' in each && 'content' in each);
  let number = 0;
  for (const each of isTalk ? [{ messages: list }] : list) {
    number++;
    if (!isObject(each)) {
      const got = shownText(JSON.stringify(each));
      throw new Error(`${name} row ${number}: expected an object in the list, got ${got}`);
    }
    yield `${JSON.stringify(each)}\n`;
  }
}

/**
 * Parses a list in JSON.
 *
 * @throws Error with the place of the fault, for text that is not a list in JSON.
 */
function parsed(name: string, text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
    throw new TypeError('it is no list');
  } catch (cause) {
    const { message } = cause as Error; // thrown by JSON.parse, or above
    throw new Error(`${name}: expected a list of objects in JSON: ${message}`, { cause });
  }
}

/**
 * Returns advice on a line that is not a JSON object, to be appended to an error message.
 *
 * @returns an empty text for other faults.
 */
export function jsonAdvice(line: string): string {
  if (/^\s*[[{]\s*'/.test(line)) return '; JSON has double quotes, as json.dumps writes them';
  const [first] = [tryParseJson(line)].flat();
  if (isObject(first) && /^\s*\[/.test(line))
    return '; write a list of messages as {"messages": […]}';
  const isCut = /^\s*[[{]/.test(line) && !/[\]}]\s*$/.test(line);
  return isCut ? '; each line has a whole object, as jq -c . writes it' : '';
}

/**
 * Opens lines of JSON as a table, whose columns are the fields of the first line.
 *
 * @throws Error with the number of a line that is not JSON, when it is read.
 */
export async function jsonRows(file: Pick<DataFile, 'name' | 'chunks'>): Promise<TableRows> {
  const { head, close } = await peek(file.chunks(), HEAD_BYTES);
  await close();
  const [first = {}] = firstObjects(head);
  return {
    columns: Object.keys(first),
    linesBefore: 0,
    rows: async function* (columns) {
      let number = 0;
      for await (const line of fileLines(file)) {
        number++;
        const row = tryParseJson(line);
        if (line.trim() === '') yield [];
        else if (row !== undefined) yield columns.map((column) => valueAt(row, column));
        else {
          throw new Error(
            `${file.name} line ${number}: expected JSON, got ${shownText(line)}${jsonAdvice(line)}`,
          );
        }
      }
    },
  };
}

async function* chosenLines(
  { name, unit }: Pick<DataFile, 'name' | 'unit'>,
  { head, chunks }: Peeked,
  wanted: WantedFields,
): AsyncGenerator<Uint8Array> {
  const { fields, given, onChoice } = wanted;
  const [first, ...others] = firstObjects(head);
  const isOwn = !given && fields.names.every((each) => typeof first?.[each] === 'string');
  if (first === undefined || isOwn) {
    yield* chunks; // the reader of the lines reports the fault
    return;
  }
  const { columns, note } = choose(name, [first, ...others], fields, given);
  if (note !== undefined) onChoice(name, note);
  yield* inChunks(renamed({ name, unit, chunks: () => chunks }, columns, wanted));
}

async function* renamed(
  file: DataFile,
  columns: readonly string[],
  wanted: WantedFields,
): AsyncGenerator<string> {
  const { name, unit = 'line' } = file;
  const { names, optional = [] } = wanted.fields;
  const tellLists = listNotes(wanted);
  let number = 0;
  for await (const line of fileLines(file)) {
    number++;
    if (line.trim() === '') {
      yield '\n';
      continue;
    }
    const place = `${name} ${unit} ${number}`;
    const row = tryParseJson(line);
    const missing = columns.find((column) => valueAt(row, column) === undefined);
    if (missing !== undefined) {
      throw new Error(
        `${place}: expected JSON with ${columns.join(' and ')}, got ${shownText(line)}`,
      );
    }
    const others = optional.filter(
      (each) => typeof valueAt(row, each) === 'string' && !columns.includes(each),
    );
    const all = [...columns, ...others];
    const values = all.map((column) => valueAt(row, column));
    tellLists(name, all, values);
    yield fieldLine(place, [...names, ...others], all, values);
  }
}

/**
 * Chooses the fields by the first line. A wanted field whose value is no text is chosen too; reading the line then
 * reports that value.
 *
 * @throws Error that lists the existing fields.
 */
function choose(
  name: string,
  rows: readonly JsonObject[],
  fields: DataFields,
  given?: readonly string[],
): ReturnType<typeof chooseFields> {
  const [first] = rows;
  const columns = pathsOf(first);
  const values = rows.map((row) => columns.map((column) => valueAt(row, column)));
  try {
    return chooseFields(name, columns, fields, given, values);
  } catch (error) {
    const wanted = given ?? fields.names;
    if (wanted.some((each) => isOther(valueAt(first, each)))) return { columns: wanted };
    throw error;
  }
}

/** Whether a value is neither absent nor null, nor a text or a list of texts. */
function isOther(value: unknown): boolean {
  return value !== undefined && value !== null && joinedText(value) === undefined;
}

/**
 * Returns the objects of the first lines that are complete and not empty; none if the first line is not an
 * object.
 */
function firstObjects(head: Uint8Array): [JsonObject | undefined, ...JsonObject[]] {
  const lines = new TextDecoder().decode(head).split('\n');
  const objects: JsonObject[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const value = tryParseJson(line);
    if (!isObject(value)) break;
    objects.push(value);
    if (objects.length === ADVICE_ROWS) break;
  }
  const [first, ...others] = objects;
  return [objects.length > 0 ? first : undefined, ...others];
}

/** Returns the paths of the fields with texts, lists of texts or null, including fields of nested objects. */
function pathsOf(row: object, prefix = ''): string[] {
  return Object.entries(row).flatMap(([key, value]: [string, unknown]) => {
    if (value === null || joinedText(value) !== undefined) return [prefix + key];
    if (Array.isArray(value)) return value.some(isObject) ? [prefix + key] : []; // messages
    const isGroup = typeof value === 'object';
    return isGroup ? pathsOf(value, `${prefix}${key}.`) : []; // checked above
  });
}
