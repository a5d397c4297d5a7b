import type { DataFile } from '@ramble/core';
import { counted, fileLines, shownText } from '@ramble/core/files';

import { type Peeked, peeking } from '../files/byte-streams.js';
import { type ChosenFields, chooseFields, knownFields } from './choose-fields.js';
import { inChunks, type WantedFields } from './table-rows.js';

const HEAD_BYTES = 2 ** 20;

/** Indices of the chosen columns, from 0, and whether the first line is a header. */
interface Choice {
  readonly places: readonly number[];
  readonly hasHeader: boolean;
}

/**
 * Returns a view of a file with tabs, reduced to the wanted columns. A header becomes an empty line, so that line
 * numbers stay the same. A file with as many columns as names stays unchanged, byte for byte, unless its first line is
 * a header.
 */
export function tabbedColumns(file: DataFile, wanted: WantedFields): DataFile {
  const read = (content: Peeked): AsyncGenerator<Uint8Array> =>
    chosenColumns(file.name, content, wanted);
  return { ...file, chunks: () => peeking(file.chunks(), HEAD_BYTES, read) };
}

async function* chosenColumns(
  name: string,
  { head, chunks }: Peeked,
  wanted: WantedFields,
): AsyncGenerator<Uint8Array> {
  const lines = new TextDecoder().decode(head).split(/\r?\n/);
  const at = lines.findIndex((line) => line !== '');
  const choice = at < 0 ? undefined : choose(`${name} line ${at + 1}`, name, lines[at], wanted);
  if (!choice) {
    yield* chunks; // the reader of the lines reports the fault
    return;
  }
  const header = choice.hasHeader ? at + 1 : undefined;
  yield* inChunks(pickedLines(name, chunks, choice.places, header));
}

/**
 * Yields the chosen columns of each line.
 *
 * @param places - Indices of the columns, from 0.
 * @param header - Number of the line with the column names, from 1; `undefined` for none.
 */
async function* pickedLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  places: readonly number[],
  header: number | undefined,
): AsyncGenerator<string> {
  let number = 0;
  for await (const line of fileLines({ name, chunks: () => chunks })) {
    number++;
    if (line === '' || number === header) {
      yield '\n';
      continue;
    }
    const values = line.split('\t');
    const missing = places.find((place) => place >= values.length);
    if (missing !== undefined) {
      throw new Error(
        `${name} line ${number}: expected at least ${counted(missing + 1, 'column')}, got ${values.length}: ${shown(values)}`,
      );
    }
    yield `${places.map((place) => values[place]).join('\t')}\n`;
  }
}

/** Chooses the columns of a file by its first line. @returns `undefined` if the file needs no change. */
function choose(
  place: string,
  name: string,
  line: string,
  { fields, given, onChoice }: WantedFields,
): Choice | undefined {
  const values = line.split('\t');
  const { names } = fields;
  if (given) return givenColumns(place, values, given);
  const header = headerFields(values, fields);
  if (header) {
    if (header.note !== undefined) onChoice(name, header.note);
    return { places: header.columns.map((each) => values.indexOf(each)), hasHeader: true };
  }
  if (values.length <= names.length) return undefined;
  if (names.length === 2) {
    const layout = LAYOUTS.find(({ fits }) => fits(values));
    if (layout && 'problem' in layout) throw new Error(`${place}: ${layout.problem}`);
    if (layout) {
      const [first, second] = layout.places.map((each) => each + 1);
      onChoice(
        name,
        `reads column ${first} as ${names[0]} and column ${second} as ${names[1]}: ${layout.why}`,
      );
      return { places: layout.places, hasHeader: false };
    }
  }
  throw new Error(
    `${place}: expected a ${names.join(', a tab and a ')}, got ${counted(values.length, 'column')}: ${shown(values)}; ` +
      `choose ${names.length} of them with --fields, such as ${names.map((_, i) => i + 1).join(',')}`,
  );
}

function headerFields(
  values: readonly string[],
  fields: WantedFields['fields'],
): ChosenFields | undefined {
  if (fields.names.every((each) => values.includes(each))) return { columns: fields.names };
  return knownFields(values, fields);
}

/**
 * Finds the columns that the user chose, by their numbers or by the names in the first line.
 *
 * @throws Error for a column that does not exist.
 */
function givenColumns(place: string, values: readonly string[], given: readonly string[]): Choice {
  const areNumbers = given.every((each) => /^\d+$/.test(each));
  const columns = areNumbers ? values.map((_, i) => `${i + 1}`) : values;
  chooseFields(place, columns, { names: given }, given);
  return { places: given.map((each) => columns.indexOf(each)), hasHeader: !areNumbers };
}

const isId = (value: string): boolean => /^\d+$/.test(value);
const isLanguage = (value: string): boolean => /^[a-z]{2,4}(?:[-_]\w+)?$/.test(value);

/**
 * Well-known layouts of files of pairs, recognized by the values of a line: the columns to read, or a reason to refuse
 * the file.
 */
const LAYOUTS: readonly ({ readonly fits: (values: readonly string[]) => boolean } & (
  { readonly places: readonly number[]; readonly why: string } | { readonly problem: string }
))[] = [
  {
    // manythings.org/anki: Go. TAB Geh. TAB CC-BY 2.0 (France) Attribution: tatoeba.org #1 (A) & #2 (B)
    fits: ({ length, 2: third = '' }) => length === 3 && /^CC[- ]BY|\bAttribution:/.test(third),
    places: [0, 1],
    why: 'column 3 is an attribution',
  },
  {
    // Tatoeba's sentence pairs: 1276 TAB Let's try something. TAB 77 TAB Lass uns etwas versuchen!
    fits: (values) => values.length === 4 && isId(values[0]) && isId(values[2]),
    places: [1, 3],
    why: 'columns 1 and 3 are numbers of sentences',
  },
  {
    // The Tatoeba Challenge: deu TAB eng TAB Hallo! TAB Hello!
    fits: (values) => values.length === 4 && isLanguage(values[0]) && isLanguage(values[1]),
    places: [2, 3],
    why: 'columns 1 and 2 are languages',
  },
  {
    // Tatoeba's sentences and sentences_detailed: 1276 TAB eng TAB Let's try something. [TAB user TAB …]
    fits: (values) => values.length >= 3 && isId(values[0]) && isLanguage(values[1]),
    problem:
      "expected pairs, got Tatoeba's list of sentences in one language each; its download of sentence pairs has both",
  },
];

function shown(values: readonly string[]): string {
  return values
    .slice(0, 6)
    .map((value) => shownText(value, 30))
    .join(' | ');
}
