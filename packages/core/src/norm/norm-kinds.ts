import { layerNorm } from './layer-norm.js';
import type { NormKind } from './norm-kind.js';

/**
 * The norm of a model, which is always layer norm. Every model has layer norm: a second kind is
 * chosen here, by a setting.
 */
export function normOf(): NormKind {
  return layerNorm;
}
