import { readFile } from 'node:fs/promises';

import { foreignNamesOf, nearestName } from '@ramble/core';
import { isObject, parseJson, shownText, shownValue } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import { UsageError } from '../verb/exit-errors.js';
import { checkValue } from './parse-flags.js';
import type { Flags } from '../verb/flag.js';

/**
 * Reads the settings in a JSON file: one flat object with the names that `run.json` has.
 *
 * @throws UsageError for another kind of file, an unknown setting, or a value that it may not have.
 */
export async function readConfig(
  path: string,
  settings: Flags,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, error);
  });
  return checkGiven(path, parseObject(path, text), settings);
}

/** Checks settings by name, with their origin in errors. */
export function checkGiven(
  origin: string,
  given: Readonly<Record<string, unknown>>,
  settings: Flags,
): Readonly<Record<string, unknown>> {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(settings, name)) {
      const known = Object.keys(settings);
      const nearest = foreignNamesOf(known).get(name) ?? nearestName(name, known);
      const hint = nearest ? ` Did you mean ${nearest}?` : '';
      throw new UsageError(`${origin}: ${shownText(name)}: unknown setting.${hint}`);
    }
    const setting = settings[name];
    if (setting.kind !== 'list') checkValue(`${origin}: ${name}`, setting, value);
  }
  return given;
}

function parseObject(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path}: ${reason}`, { cause: error });
  }
  if (!isObject(value)) {
    throw new UsageError(`${path}: expected an object of settings, got ${shownValue(value)}`);
  }
  return { ...value };
}
