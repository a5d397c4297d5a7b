import { checkpointFolder, type LoadedRun } from '@ramble/runs';

/**
 * Whether a model is untrained. A run that was imported or averaged is at step 0 too, but it has an origin
 * or no state of training.
 */
export async function learnedNothing({
  storage,
  step,
  description,
}: Pick<LoadedRun, 'storage' | 'step' | 'description'>): Promise<boolean> {
  if (step > 0 || description.origin) return false;
  return (await storage.list(checkpointFolder(step))).includes('training.json');
}
