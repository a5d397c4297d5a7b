import { messageOf } from '@ramble/core/files';
import type { FormatName } from '@ramble/core/weights';
import {
  bestStep,
  checkCheckpoint,
  checkpointFolder,
  checkpointSteps,
  CHECKSUMS_FILE,
  readLog,
  type RunStorage,
  storedFormat,
} from '@ramble/runs';
import { openSafetensors } from '@ramble/runs/safetensors';

import { formatCount } from '../../format/format-number.js';

/** A checkpoint of a run. */
export interface CheckpointSummary {
  readonly step: number;
  /** The validation loss at this step; absent if the model was not evaluated then. */
  readonly validationLoss?: number;
  readonly isBest: boolean;
  /** Number format of the checkpoint's weights; absent if they cannot be read. */
  readonly weights?: FormatName;
  /** Size of each file in bytes, by name. */
  readonly files: Readonly<Record<string, number>>;
  /** Whether the checkpoint is unchanged since it was saved; absent if it was not checked or has no checksums. */
  readonly isWhole?: boolean;
  /** Sentences about damaged files, one for each file. */
  readonly broken?: readonly string[];
  /** Sentences about files that match their checksums but cannot be read; also in `broken`. */
  readonly refused?: readonly string[];
}

/** The checkpoints of a run, oldest first, and faults of its other files. */
export interface CheckpointSummaries {
  readonly checkpoints: readonly CheckpointSummary[];
  /** Faults of best.json and the log. */
  readonly broken: readonly string[];
}

/**
 * Describes the checkpoints of a run.
 *
 * @param onCheck - Called with the file that is being read; unless given, files are not checked.
 */
export async function describeCheckpoints(
  storage: RunStorage,
  onCheck?: (what: string) => void,
): Promise<CheckpointSummaries> {
  const broken: string[] = [];
  const losses = new Map<number, number>();
  for (const { step, validationLoss } of await readLog(storage, (what) => broken.push(what))) {
    if (validationLoss !== undefined) losses.set(step, validationLoss);
  }
  const best = await bestStep(storage).catch((error: unknown) => {
    broken.push(messageOf(error));
    return undefined;
  });
  const checkpoints: CheckpointSummary[] = [];
  for (const step of await checkpointSteps(storage)) {
    checkpoints.push({
      step,
      validationLoss: losses.get(step),
      isBest: step === best,
      weights: await weightsOf(storage, step),
      files: await fileSizes(storage, checkpointFolder(step), CHECKSUMS_FILE),
      ...(onCheck && (await healthOf(storage, step, onCheck))),
    });
  }
  return { checkpoints, broken };
}

async function healthOf(
  storage: RunStorage,
  step: number,
  onCheck: (what: string) => void,
): Promise<Pick<CheckpointSummary, 'isWhole' | 'broken' | 'refused'>> {
  const { hasChecksums, broken, refused } = await checkCheckpoint(storage, step, (name) =>
    onCheck(`checking step ${formatCount(step)}: ${name}`),
  );
  if (broken.length + refused.length > 0) {
    const all = [...broken, ...refused];
    return { isWhole: false, broken: all, ...(refused.length > 0 && { refused }) };
  }
  return hasChecksums ? { isWhole: true } : {};
}

/** Returns the number format of a checkpoint's weights, if they can be read. */
async function weightsOf(storage: RunStorage, step: number): Promise<FormatName | undefined> {
  const path = `${checkpointFolder(step)}/model.safetensors`;
  const file = await storage.open(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    return storedFormat(await openSafetensors(file));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

/** Returns the size in bytes of every file in a folder of a run, by name, except the file `except`. */
export async function fileSizes(
  storage: RunStorage,
  folder: string,
  except?: string,
): Promise<Readonly<Record<string, number>>> {
  const sizes: Record<string, number> = {};
  for (const name of await storage.list(folder)) {
    if (name === except) continue;
    const file = await storage.open(`${folder}/${name}`);
    sizes[name] = file.sizeBytes;
    await file.close();
  }
  return sizes;
}
