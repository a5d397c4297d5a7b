import type { RunStorage } from '../storage/run-storage.js';

/** The checkpoint to load: a step, the best one (by the training's `bestBy`), or the newest. */
export type CheckpointChoice = number | 'best' | 'newest';

/** The folder of a step's checkpoint: `checkpoints/00002000`. */
export function checkpointFolder(step: number): string {
  return `checkpoints/${folderName(step)}`;
}

/** The steps that have a checkpoint, oldest first. */
export async function checkpointSteps(storage: RunStorage): Promise<number[]> {
  return (await storage.list('checkpoints'))
    .filter((name) => /^\d{8,15}$/.test(name) && folderName(Number(name)) === name)
    .map(Number)
    .sort((a, b) => a - b);
}

function folderName(step: number): string {
  return String(step).padStart(8, '0');
}
