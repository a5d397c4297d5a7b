import { isObject, shownValue } from '@ramble/core/files';
import { checkSettings, type SettingTable } from '@ramble/core';
import { insideFolder } from '@ramble/runs/node';

/** Fields of a question about a run. */
export const RUN_FIELDS: SettingTable<{ readonly run: string }> = {
  run: { kind: 'string', description: 'Path of the run below the folder.' },
};

/**
 * Checks a question.
 *
 * @throws TypeError or RangeError that names the field.
 */
export function checkQuestion<Question>(
  table: SettingTable<Question>,
  question: unknown,
): Question {
  if (isObject(question)) return checkSettings(table, question);
  throw new TypeError(`question: expected an object, got ${shownValue(question ?? null)}`);
}

/**
 * Finds the run that a question names: its folder on the disk.
 *
 * @throws RangeError for a path that leads out of the folder of runs, through a link too.
 */
export async function runPath(folder: string, name: string): Promise<string> {
  const path = await insideFolder(folder, name);
  if (name !== '') return path;
  throw new RangeError('run: expected a path below the folder of runs, got an empty one');
}
