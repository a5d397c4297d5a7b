import { layerNorm } from './layer-norm.js';
import type { NormKind } from './norm-kind.js';

/**
 * The norm of a model, which is always layer norm; with a second kind, this takes the model's settings and
 * chooses.
 */
export function normOf(): NormKind {
  return layerNorm;
}
