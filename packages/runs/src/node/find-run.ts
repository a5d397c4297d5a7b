import type { LoadOptions } from '../run/load-run.js';
import type { RunStorage } from '../storage/run-storage.js';

import { folderStorage } from './folder-storage.js';

/**
 * Finds the run that `--model` names: `RUN` is a run's best checkpoint, `RUN/checkpoints/2000` that
 * of a step.
 *
 * @returns what `loadRun` takes.
 */
export function findRun(path: string): { storage: RunStorage } & LoadOptions {
  const match = /^(?:(.*)[\\/])?checkpoints[\\/](\d+)[\\/]?$/.exec(path);
  if (!match) return { storage: folderStorage(path) };
  const [, folder = '.', step] = match;
  return { storage: folderStorage(folder === '' ? '/' : folder), step: Number(step) };
}
