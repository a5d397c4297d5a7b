import type { TrainingConfig } from '../config/training-config.js';
import { OPTIMIZERS, type UpdateRule } from '../parameters/optimizer.js';

/**
 * The update that a training configuration asks for.
 *
 * @param count - Updates, this one included.
 */
export function updateRule(
  config: TrainingConfig,
  learningRate: number,
  count: number,
): UpdateRule {
  return OPTIMIZERS[config.optimizer].rule(config, learningRate, count);
}
