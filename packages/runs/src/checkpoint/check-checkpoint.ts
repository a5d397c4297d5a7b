import { openSafetensors } from '../safetensors/open-safetensors.js';

import { BrokenCheckpointError } from './broken-checkpoint-error.js';
import { checkpointFolder } from './checkpoint-steps.js';
import { CHECKSUMS_FILE, readChecksums } from './checksums.js';
import { isMalformed } from './is-malformed.js';
import type { RunStorage } from '../storage/run-storage.js';
import { readJsonFile } from '../storage/stored-text.js';
import { withCheckpointFile } from './with-checkpoint-file.js';

const KNOWN = /^(model|training)\.(json|safetensors)$/;

/** Whether a checkpoint is intact. */
export interface CheckpointHealth {
  /**
   * Whether the checkpoint has checksums; without them only the contents of its files can be
   * checked.
   */
  readonly hasChecksums: boolean;
  /**
   * Faults of files that are missing, malformed or changed since they were saved, one sentence per
   * file.
   */
  readonly broken: readonly string[];
  /** Faults of files that are unchanged and yet unreadable, one sentence per file. */
  readonly refused: readonly string[];
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
  const [broken, refused] = [new Set<string>(), new Set<string>()];
  const folder = checkpointFolder(step);
  const tell = (error: unknown, name: string): void => {
    if (error instanceof BrokenCheckpointError) broken.add(error.message);
    else if (isMalformed(error, `${storage.name}/${folder}/${name}`)) refused.add(error.message);
    else throw error;
  };
  let hasChecksums = true;
  let names: readonly string[] = [];
  try {
    const checksums = await readChecksums(storage, step);
    hasChecksums = checksums !== undefined;
    const listed = await storage.list(folder);
    names = checksums ? [...checksums.keys()] : listed.filter((name) => KNOWN.test(name));
  } catch (error) {
    tell(error, CHECKSUMS_FILE);
  }
  for (const name of new Set(['model.safetensors', ...names])) {
    onFile?.(name);
    const parse = name.endsWith('.json') ? readJsonFile : openSafetensors;
    await withCheckpointFile<unknown>(storage, step, name, parse).catch((error: unknown) =>
      tell(error, name),
    );
  }
  return { hasChecksums, broken: [...broken], refused: [...refused] };
}
