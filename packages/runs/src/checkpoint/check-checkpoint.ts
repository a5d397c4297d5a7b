import { checkSettings, type SettingTable, type TrainingState } from '@ramble/core';
import { formatJson, messageOf, named, shownValue } from '@ramble/core/files';

import { openSafetensors } from '../safetensors/open-safetensors.js';
import {
  type Crc32,
  readJson,
  readJsonFile,
  type RunStorage,
  type StoredFile,
  withFile,
} from '../storage/run-storage.js';
import {
  BrokenCheckpointError,
  type CheckedFile,
  checkedFile,
  type CheckpointChoice,
  checkpointFolder,
  checkpointSteps,
  CHECKSUMS_FILE,
  isMalformed,
  readChecksums,
  type SavedFile,
} from './checkpoint-files.js';

const KNOWN = /^(model|training)\.(json|safetensors)$/;

/** Result of checking a checkpoint. The checkpoint is intact if `broken` and `refused` are empty. */
export interface CheckpointHealth {
  /**
   * Whether the checkpoint has checksums; without checksums, only the contents of its files can be checked.
   */
  readonly hasChecksums: boolean;
  /**
   * Faults of files that are missing, malformed or changed since they were saved, one sentence per
   * file.
   */
  readonly broken: readonly string[];
  /**
   * Faults of files that are as they were saved (their checksums match), but that ramble cannot read, one sentence per
   * file.
   */
  readonly refused: readonly string[];
}

/**
 * Reads a checkpoint from beginning to end and compares it with its checksums.
 *
 * @param onFile - Called with the name of each file before it is read.
 */
export async function checkCheckpoint(
  storage: RunStorage,
  step: number,
  onFile?: (name: string) => void,
): Promise<CheckpointHealth> {
  const [broken, refused] = [new Set<string>(), new Set<string>()];
  const folder = checkpointFolder(step);
  const record = (error: unknown, name: string): void => {
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
    record(error, CHECKSUMS_FILE);
  }
  for (const name of new Set(['model.safetensors', ...names])) {
    onFile?.(name);
    const parse = name.endsWith('.json') ? readJsonFile : openSafetensors;
    await withCheckpointFile<unknown>(storage, step, name, parse).catch((error: unknown) =>
      record(error, name),
    );
  }
  return { hasChecksums, broken: [...broken], refused: [...refused] };
}

/**
 * Opens a file of a checkpoint, uses it, checks all of it and closes it.
 *
 * @returns what `use` returns.
 * @throws BrokenCheckpointError if the file is missing or differs from its checksum. Without checksums,
 *   BrokenCheckpointError if `use` finds the file malformed. Other errors of `use` unchanged.
 */
export async function withCheckpointFile<T>(
  storage: RunStorage,
  step: number,
  name: string,
  use: (file: CheckedFile) => Promise<T>,
): Promise<T> {
  const folder = checkpointFolder(step);
  const broken = (error: unknown): BrokenCheckpointError =>
    new BrokenCheckpointError(messageOf(error), step, {
      cause: error,
    });
  if (!(await storage.list(folder)).includes(name)) {
    throw broken(`${storage.name}/${folder}/${name}: expected a file, got nothing at that path`);
  }
  const checksums = await readChecksums(storage, step);
  const saved = checksums?.get(name);
  const path = `${folder}/${name}`;
  if (checksums && !saved) {
    throw broken(`${storage.name}/${folder}/${CHECKSUMS_FILE}: expected ${name}, got none`);
  }
  const { crc32 } = storage;
  if (!saved || !crc32) {
    return withFile(storage, path, async (file) =>
      use(unchecked(file)).catch((error: unknown) => {
        throw isMalformed(error, file.name) ? broken(error) : error;
      }),
    );
  }
  try {
    return await withFile(storage, path, async (file) => {
      const checked = checkedFile(file, saved, crc32);
      const result = await use(checked);
      await checked.check();
      return result;
    });
  } catch (error) {
    // If the file matches its checksum, the error has another cause.
    const damage = await damageOf(storage, path, saved, crc32);
    throw damage === undefined ? error : broken(damage);
  }
}

/** Returns a view of a file that has no saved checksum. Its `check` always succeeds. */
function unchecked(file: StoredFile): CheckedFile {
  return { ...file, check: () => Promise.resolve() };
}

/**
 * Reads a whole file of a checkpoint and returns its fault, if it has one.
 *
 * @throws errors of the storage: a read error of the disk does not mean that the file is damaged.
 */
async function damageOf(
  storage: RunStorage,
  path: string,
  saved: SavedFile,
  crc32: Crc32,
): Promise<unknown> {
  try {
    await withFile(storage, path, (file) => checkedFile(file, saved, crc32).check());
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}

/** Content of best.json. */
interface BestCheckpoint {
  readonly step: number;
  readonly validationLoss: number;
}

const SETTINGS: SettingTable<BestCheckpoint> = {
  step: { kind: 'integer', min: 0, description: 'Step of the best checkpoint by `bestBy`.' },
  validationLoss: { kind: 'number', description: 'Validation loss of that checkpoint.' },
};

/**
 * Reads the step that best.json names.
 *
 * @returns `undefined` if best.json is missing or names a checkpoint that was removed.
 */
export async function bestStep(storage: RunStorage): Promise<number | undefined> {
  if (!(await storage.list('')).includes('best.json')) return undefined;
  const json = await readJson(storage, 'best.json');
  const { step } = named(`${storage.name}/best.json`, () => checkSettings(SETTINGS, json));
  return (await checkpointSteps(storage)).includes(step) ? step : undefined;
}

/**
 * Returns the step of the checkpoint that `choice` selects. `best` selects the newest checkpoint if best.json names
 * none that exists.
 *
 * @throws Error if the run has no checkpoint; RangeError if it has none of that step.
 */
export async function findStep(storage: RunStorage, choice: CheckpointChoice): Promise<number> {
  const steps = await checkpointSteps(storage);
  const newest = steps.at(-1);
  if (newest === undefined) {
    throw new Error(
      `${storage.name}: expected a run with a checkpoint, got none; put its folder checkpoints back from a copy, or train again`,
    );
  }
  if (choice === 'newest') return newest;
  if (choice === 'best') return (await bestStep(storage)) ?? newest;
  if (!steps.includes(choice)) {
    throw new RangeError(
      `${storage.name}: expected a step with a checkpoint (${steps.join(', ')}), got ${shownValue(choice)}`,
    );
  }
  return choice;
}

/**
 * Removes a best.json that is unreadable, for example after a process was killed.
 *
 * @returns a description of its fault, or `undefined` if it was readable.
 */
export async function removeBrokenBest(storage: RunStorage): Promise<string | undefined> {
  try {
    await bestStep(storage);
    return undefined;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    await storage.remove('best.json');
    return error.message;
  }
}

/** Makes best.json name the best step of a training, if that step was saved. */
export async function writeBest(
  storage: RunStorage,
  { bestStep: step, bestLoss: validationLoss }: TrainingState,
): Promise<void> {
  if (step === undefined || !(await checkpointSteps(storage)).includes(step)) return;
  await storage.writeText('best.json', formatJson({ step, validationLoss }));
}
