import { geluMlp } from './gelu-mlp.js';
import type { MlpKind } from './mlp-kind.js';

/**
 * The MLP of a model's blocks, which is always GPT-2's. Every model has GPT-2's: a second kind is
 * chosen here, by a setting.
 */
export function mlpOf(): MlpKind {
  return geluMlp;
}
