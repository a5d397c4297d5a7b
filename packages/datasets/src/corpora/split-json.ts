import { readFile, writeFile } from 'node:fs/promises';

import { parseJson } from '@ramble/core/files';

/**
 * Writes lists of a JSON object to files of their own.
 *
 * @param targets - fields of the object and where each goes
 * @throws TypeError when the file is no JSON, Error when the object lacks one.
 */
export async function splitJson(
  name: string,
  path: string,
  targets: ReadonlyMap<string, string>,
): Promise<void> {
  const whole = parsed(name, await readFile(path, 'utf8'));
  for (const [field, target] of targets) {
    if (!Array.isArray(whole[field])) {
      throw new Error(`${name}: expected a list in the field ${field}, got ${typeof whole[field]}`);
    }
    await writeFile(target, JSON.stringify(whole[field]));
  }
}

function parsed(name: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(parseJson(text)) as Record<string, unknown>; // any value is an object then
  } catch (error) {
    throw new TypeError(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
