import type { DataFields } from '@ramble/core/app';
import { shownText } from '@ramble/core/files';

/** The columns of a table, or fields of a line of JSON, that contain the texts of an example. */
export interface ChosenFields {
  /** Names of the columns, in the order of the app's names. */
  readonly columns: readonly string[];
  /** Description of an automatic choice, for a note to the user. */
  readonly note?: string;
}

/**
 * The first rows of a table, with a value for each column, for distinguishing texts from numbers and names.
 */
export type SomeRows = readonly (readonly unknown[])[];

/** Number of rows that are read for advice on which columns to choose. */
export const ADVICE_ROWS = 100;

/**
 * Chooses columns: the requested ones, else those with the app's field names, else those with other common
 * names, else two columns that are named for languages.
 *
 * @param name - Name of the file and position in it, for the error.
 * @param columns - Names of the existing columns, nested ones by their paths.
 * @param rows - Some rows, for the advice in the error.
 * @throws Error with the existing columns, if a wanted one is missing or the choice is ambiguous.
 */
export function chooseFields(
  name: string,
  columns: readonly string[],
  fields: DataFields,
  given?: readonly string[],
  rows: SomeRows = [],
): ChosenFields {
  if (given) {
    const missing = given.find((column) => !columns.includes(column));
    if (missing === undefined) return { columns: given };
    throw new Error(`${name}: expected the field ${missing} of --fields, got ${listed(columns)}`);
  }
  const { names } = fields;
  if (names.every((column) => columns.includes(column))) return { columns: names };
  const choice = knownFields(columns, fields) ?? languageFields(columns, fields);
  if (choice) return choice;
  const got = `${name}: expected ${names.join(' and ')}, got ${listed(columns)}`;
  if (columns.length < names.length) throw new Error(got); // no names to suggest
  const texts = textColumns(columns, fields, rows);
  const naming = texts
    ? `name them with --fields ${texts.join(',')}`
    : 'name those that hold the texts with --fields';
  const canAnswer = fields.conversations === true && columns.length > 1;
  const renaming = canAnswer
    ? ', or rename a question and its answer to prompt and completion'
    : '';
  throw new Error(`${got}; ${naming}${renaming}`);
}

/**
 * Proposes the columns that look like texts: the longest values with spaces that differ between rows, then
 * other values that are neither numbers nor named as ids. Documents come before their summaries; languages
 * keep the order of the file.
 *
 * @returns `undefined` if the table has too few such columns.
 */
function textColumns(
  columns: readonly string[],
  { names, areLanguages = false }: DataFields,
  rows: SomeRows,
): readonly string[] | undefined {
  const found = columns.flatMap((column, i) => {
    const texts = rows.map((row) => joinedText(row[i])).filter((text) => text !== undefined);
    const words = texts.filter((text) => /\S\s+\S/.test(text));
    const isText = words.length * 2 > texts.length && new Set(texts).size * 2 > texts.length;
    const length = words.reduce((sum, text) => sum + text.length, 0) / words.length;
    if (isText) return [{ column, length }];
    const isId = /(?:^|[._-])(?:id|idx|index|key|uuid|hash|url|link)$/i.test(column);
    return isId || texts.every((text) => /^[\d.,]*$/.test(text)) ? [] : [{ column, length: 0 }];
  });
  if (found.length < names.length) return undefined;
  const longest = found.sort((a, b) => b.length - a.length).slice(0, names.length);
  const chosen = longest.map(({ column }) => column);
  return areLanguages ? columns.filter((column) => chosen.includes(column)) : chosen;
}

/** Returns the text of a value; texts of a list are joined with spaces. `undefined` for other values. */
export function joinedText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const texts: readonly unknown[] = value;
  return texts.every((text) => typeof text === 'string') ? texts.join(' ') : undefined;
}

/**
 * Returns the columns whose names other programs use for the texts, if exactly one known set of such names exists in
 * the table; otherwise `undefined`.
 */
export function knownFields(
  columns: readonly string[],
  { names, known = [] }: DataFields,
): ChosenFields | undefined {
  const found = known.filter((each) => each.every((column) => columns.includes(column)));
  return found.length === 1 ? { columns: found[0], note: described(found[0], names) } : undefined;
}

/**
 * Returns two columns, or two fields of a column, that are named for languages: `translation.de` and
 * `translation.en`.
 */
function languageFields(
  columns: readonly string[],
  { names, optional = [], areLanguages = false }: DataFields,
): ChosenFields | undefined {
  if (!areLanguages || names.length !== 2) return undefined;
  const isLanguage = (column: string): boolean =>
    /^(?:translation\.)?[a-z]{2,3}(?:[-_]\w+)?$/.test(column) && !optional.includes(column);
  const all = columns.filter(isLanguage);
  const found = all.length > 2 ? all.filter((column) => column !== 'id') : all; // Indonesian, or a number
  const [first, second] = found;
  const isPair =
    found.length === 2 && first !== 'id' && first.includes('.') === second.includes('.');
  if (!isPair) return undefined;
  const note = `${described(found, names)}; --fields ${second},${first} turns it round`;
  return { columns: found, note };
}

function described(columns: readonly string[], names: readonly string[]): string {
  return `reads ${columns.map((column, i) => `${column} as ${names[i]}`).join(' and ')}`;
}

/** Lists the columns, such as `id, text, label`, up to a maximum number. */
function listed(columns: readonly string[]): string {
  if (columns.length === 0) return 'nothing';
  const shown = columns.slice(0, 12).map((column) => shownText(column, 30));
  return shown.join(', ') + (columns.length > shown.length ? ', …' : '');
}
