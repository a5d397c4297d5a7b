import type { DataFields } from '@ramble/core';
import { shownText } from '@ramble/core/files';

import { joinedText } from './choose-fields.js';

/** The texts to read from a table or from lines of JSON. */
export interface WantedFields {
  readonly fields: DataFields;
  /** The columns that the user named, one for each of the app's names. */
  readonly given?: readonly string[];
  /** Told once what was chosen where the user named none. */
  readonly onChoice: (name: string, note: string) => void;
}

/**
 * Writes an example as a line of JSON with the app's field names. The texts of a list are joined with spaces.
 *
 * @param place - Where it is, for the error.
 * @param columns - Where the values come from, in the order of the names.
 * @throws Error with the place, for a value that is not a text; one that is missing is an empty text.
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

/** Notes once which of the chosen columns hold lists, whose texts are joined. */
export function listNotes({
  onChoice,
}: WantedFields): (name: string, columns: readonly string[], values: readonly unknown[]) => void {
  const told = new Set<string>();
  return (name, columns, values) => {
    values.forEach((value, i) => {
      if (!Array.isArray(value) || told.has(columns[i])) return;
      told.add(columns[i]);
      onChoice(name, `joins the texts of each list in ${columns[i]}`);
    });
  };
}

function shown(value: unknown): string {
  const json =
    typeof value === 'bigint' ? String(value) : (JSON.stringify(value) as string | undefined);
  return shownText(json ?? typeof value);
}
