import { parseJson, shownValue } from '@ramble/core/files';

import type { PublishedModel } from './models.js';

/** Name of the file that describes a model. */
export const CONFIG_FILE = 'config.json';

/**
 * Checks that a config.json, which has no published hash, describes the model that was published.
 *
 * @throws Error that names the model and the field that differs.
 */
export function checkConfig(
  { name, config }: Pick<PublishedModel, 'name' | 'config'>,
  text: string,
): void {
  let found: Readonly<Record<string, unknown>>;
  try {
    found = Object(parseJson(text)) as Record<string, unknown>; // any value is an object then
  } catch (error) {
    throw new Error(`${name}: expected JSON in ${CONFIG_FILE}, got other text`, {
      cause: error,
    });
  }
  for (const [field, expected] of Object.entries(config)) {
    if (found[field] !== expected) {
      const got = field in found ? shownValue(found[field]) : 'nothing';
      throw new Error(`${name}: expected ${CONFIG_FILE} with ${field} ${expected}, got ${got}`);
    }
  }
}
