import { readFile } from 'node:fs/promises';

import { isObject, parseJson } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import { INDEX_FILE } from './choose-files.js';

/**
 * Reads the names of the files in the list of weights of a model in several files.
 *
 * @param name - For error messages: the model.
 * @param at - The path of a file of the model.
 * @throws Error when there is no such list.
 */
export async function readWeightFiles(
  name: string,
  at: (path: string) => string,
): Promise<readonly string[]> {
  const text = await readFile(at(INDEX_FILE), 'utf8').catch((error: unknown) => {
    throw fileError(at(INDEX_FILE), error);
  });
  const names = Object.values(weightMap(text));
  if (names.length === 0 || !names.every((each) => typeof each === 'string')) {
    throw new Error(`${name}: expected a list of weights in ${INDEX_FILE}, got none`);
  }
  return [...new Set(names)].sort();
}

function weightMap(text: string): Readonly<Record<string, unknown>> {
  try {
    const json = parseJson(text);
    return isObject(json) && isObject(json.weight_map) ? json.weight_map : {};
  } catch {
    return {}; // no list either
  }
}
