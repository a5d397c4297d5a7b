import { readFile, writeFile } from 'node:fs/promises';

/**
 * Writes lists of a JSON object to files of their own.
 *
 * @param targets - fields of the object and where each goes
 * @throws Error when the object lacks one.
 */
export async function splitJson(
  name: string,
  path: string,
  targets: ReadonlyMap<string, string>,
): Promise<void> {
  const whole = JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>; // checked below
  for (const [field, target] of targets) {
    if (!Array.isArray(whole[field])) {
      throw new Error(`${name}: expected a list ${field} in the file, got ${typeof whole[field]}`);
    }
    await writeFile(target, JSON.stringify(whole[field]));
  }
}
