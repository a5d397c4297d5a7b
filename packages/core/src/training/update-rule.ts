import type { TrainingConfig } from '../config/training-config.js';
import type { UpdateRule } from '../parameters/optimizer.js';

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
  const { optimizer, beta1, beta2, eps, weightDecay, momentum, nesterov } = config;
  if (optimizer === 'sgd') return { kind: 'sgd', learningRate, momentum, nesterov, weightDecay };
  const decay = optimizer === 'adamw' ? 'decoupled' : 'coupled';
  return { kind: 'adam', learningRate, beta1, beta2, eps, weightDecay, decay, count };
}
