import { BrokenCheckpointError } from './broken-checkpoint-error.js';
import { checkpointFolder } from './checkpoint-steps.js';
import { readChecksums } from './checksums.js';
import type { RunStorage } from './run-storage.js';
import { openSafetensors } from './safetensors/open-safetensors.js';
import { readJsonFile } from './stored-text.js';
import { withCheckpointFile } from './with-checkpoint-file.js';

const KNOWN = /^(model|training)\.(json|safetensors)$/;

/** Whether a checkpoint is as it was saved. */
export interface CheckpointHealth {
  /** Without them only what its files say of themselves can be checked. */
  readonly hasChecksums: boolean;
  /** What is wrong, a sentence a file. */
  readonly broken: readonly string[];
}

/**
 * Reads a checkpoint from beginning to end and compares it with its checksums.
 *
 * @param onFile - Told before a file is read.
 */
export async function checkCheckpoint(
  storage: RunStorage,
  step: number,
  onFile?: (name: string) => void,
): Promise<CheckpointHealth> {
  const broken: string[] = [];
  const tell = (error: unknown): void => {
    if (!(error instanceof BrokenCheckpointError)) throw error;
    broken.push(error.message);
  };
  let hasChecksums = true;
  let names: readonly string[] = [];
  try {
    const checksums = await readChecksums(storage, step);
    hasChecksums = checksums !== undefined;
    const listed = await storage.list(checkpointFolder(step));
    names = checksums ? [...checksums.keys()] : listed.filter((name) => KNOWN.test(name));
  } catch (error) {
    tell(error);
  }
  for (const name of new Set(['model.safetensors', ...names])) {
    onFile?.(name);
    const parse = name.endsWith('.json') ? readJsonFile : openSafetensors;
    await withCheckpointFile<unknown>(storage, step, name, parse).catch(tell);
  }
  return { hasChecksums, broken: [...new Set(broken)] };
}
