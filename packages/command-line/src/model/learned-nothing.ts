import { checkpointFolder, type LoadedRun } from '@ramble/runs';

/**
 * Whether a model is as random numbers made it. A run that was imported or averaged is of step 0 too,
 * but it has no state of training.
 */
export async function learnedNothing({
  storage,
  step,
  description,
}: Pick<LoadedRun, 'storage' | 'step' | 'description'>): Promise<boolean> {
  if (step > 0 || description.origin) return false;
  return (await storage.list(checkpointFolder(step))).includes('training.json');
}
