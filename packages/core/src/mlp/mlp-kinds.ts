import { geluMlp } from './gelu-mlp.js';
import type { MlpKind } from './mlp-kind.js';

/**
 * The MLP of a model's blocks, which is always GPT-2's; with a second kind, this takes the model's settings
 * and chooses.
 */
export function mlpOf(): MlpKind {
  return geluMlp;
}
