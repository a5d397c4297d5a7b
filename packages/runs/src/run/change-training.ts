import { formatJson } from '@ramble/core/files';

import type { Run } from './open-run.js';
import { describeRun, parseRunDescription, type RunDescription } from './run-description.js';

/**
 * Changes settings of a run's training, such as the number of steps or the engine.
 *
 * @throws RangeError for another optimizer, whose moments are not those that were saved.
 */
export async function changeTraining(
  { storage, description }: Run,
  changes: Partial<Pick<RunDescription, 'training' | 'engine'>>,
): Promise<Run> {
  const json = describeRun({ ...description, ...changes });
  const changed = parseRunDescription(json); // what is written can be read
  const { optimizer } = description.training;
  if (changed.training.optimizer !== optimizer) {
    throw new RangeError(
      `optimizer: expected ${optimizer}, which the run was trained with, got ${changed.training.optimizer}`,
    );
  }
  await storage.writeText('run.json', formatJson(json));
  return { storage, description: changed };
}
