import type { DataFile } from '@ramble/core';

import { ADVICE_ROWS, chooseFields, type ChosenFields } from './choose-fields.js';
import { fieldLine, listNotes, type WantedFields } from './field-lines.js';
import { inChunks } from './in-chunks.js';
import type { TableRows } from './table-rows.js';

/**
 * A table as a file with a line of JSON for each row, which every app reads that reads `.jsonl`. Lines are
 * counted as spreadsheets count rows: the header is the first.
 *
 * @param open - Opens the table, each time that it is read.
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
 * Chooses the columns, which may be given by their numbers from 1; if that fails, says it again with advice from the
 * first rows.
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
