import { fileLines, parseJson, shownText } from '@ramble/core/files';
import type { DataFields, DataFile } from '@ramble/core';

import { peek, type Peeked } from '../files/peek.js';
import { chooseFields } from './choose-fields.js';
import { fieldLine, type WantedFields } from './field-lines.js';
import { inChunks } from './in-chunks.js';
import { valueAt } from './value-at.js';

/** A first line is looked for so far. */
const HEAD_BYTES = 2 ** 20;
/** Names that chat data has for its lists of messages. */
const CONVERSATIONS = ['messages', 'conversations', 'conversation'];

/**
 * Lines of JSON whose fields have other names than the app's, under those. A file whose first line has the
 * app's own names comes as it is, byte for byte.
 */
export function jsonFields(file: DataFile, wanted: WantedFields): DataFile {
  return { ...file, chunks: () => fieldLines(file, wanted) };
}

async function* fieldLines(
  file: Pick<DataFile, 'name' | 'chunks'>,
  wanted: WantedFields,
): AsyncGenerator<Uint8Array> {
  const peeked = await peek(file.chunks(), HEAD_BYTES);
  try {
    yield* chosenLines(file.name, peeked, wanted);
  } finally {
    await peeked.close();
  }
}

async function* chosenLines(
  name: string,
  { head, chunks }: Peeked,
  { fields, given, onChoice }: WantedFields,
): AsyncGenerator<Uint8Array> {
  const first = firstObject(head);
  const isOwn = !given && fields.names.every((each) => typeof first?.[each] === 'string');
  if (!first || isOwn) {
    yield* chunks; // whoever reads it says what is wrong with it
    return;
  }
  const { columns, note } = choose(name, first, fields, given);
  if (note !== undefined) onChoice(name, note);
  yield* inChunks(renamed(name, chunks, fields, columns));
}

async function* renamed(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  { names, optional = [] }: DataFields,
  columns: readonly string[],
): AsyncGenerator<string> {
  let number = 0;
  for await (const line of fileLines({ name, chunks: () => chunks })) {
    number++;
    if (line.trim() === '') {
      yield '\n';
      continue;
    }
    const place = `${name} line ${number}`;
    const row = parsed(line);
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
    yield fieldLine(place, [...names, ...others], all, values);
  }
}

/**
 * Chooses the fields of a first line. Where a wanted one holds no text, it is chosen nevertheless: it is not
 * missing, and whoever reads the line says what it holds.
 *
 * @throws Error that says what is there instead of the fields; of conversations, what to make of them.
 */
function choose(
  name: string,
  first: Readonly<Record<string, unknown>>,
  fields: DataFields,
  given?: readonly string[],
): ReturnType<typeof chooseFields> {
  try {
    return chooseFields(name, pathsOf(first), fields, given);
  } catch (error) {
    const list = CONVERSATIONS.find((key) => Array.isArray(first[key]));
    if (list !== undefined) throw conversation(name, list, fields, error);
    const wanted = given ?? fields.names;
    if (wanted.some((each) => isOther(valueAt(first, each)))) return { columns: wanted };
    throw error;
  }
}

function conversation(name: string, list: string, { names }: DataFields, cause: unknown): Error {
  const example = names.map((each) => `"${each}": "…"`).join(', ');
  return new Error(
    `${name}: expected ${names.join(' and ')}, got a list, ${list}; conversations are not ` +
      `read: write each as text, {${example}}, as the chat template of a model does`,
    { cause },
  );
}

/** Whether a value is there and neither a text nor an empty one. */
function isOther(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'string';
}

/** The object of the first line that is not empty. */
function firstObject(head: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const text = new TextDecoder().decode(head);
  const line = text.split('\n').find((each) => each.trim() !== '');
  const value = line === undefined ? undefined : parsed(line);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>) // any object has values by name
    : undefined;
}

function parsed(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

/** The fields that hold texts, or may, with those of objects inside by their paths. */
function pathsOf(row: object, prefix = ''): string[] {
  return Object.entries(row).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === 'string' || value === null) return [prefix + key];
    const isGroup = typeof value === 'object' && !Array.isArray(value);
    return isGroup ? pathsOf(value, `${prefix}${key}.`) : []; // as was checked
  });
}
