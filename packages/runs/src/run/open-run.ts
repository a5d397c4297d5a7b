import { named } from '@ramble/core/files';

import { NoRunError } from './no-run-error.js';
import { parseRunDescription, type RunDescription } from './run-description.js';
import type { RunStorage } from '../storage/run-storage.js';
import { readJson } from '../storage/stored-text.js';

/** A run folder and its description. */
export interface Run {
  readonly storage: RunStorage;
  readonly description: RunDescription;
}

/**
 * Opens a run and reads its description.
 *
 * @throws NoRunError when there is no run; Error that names the file, when its run.json is not as it should be.
 */
export async function openRun(storage: RunStorage): Promise<Run> {
  if (!(await storage.list('')).includes('run.json')) {
    throw new NoRunError(storage.name);
  }
  const json = await readJson(storage, 'run.json');
  const description = named(`${storage.name}/run.json`, () => parseRunDescription(json));
  return { storage, description };
}
