import type { ActivationKind } from './activations.js';
import { isBlockKind } from './block-layout.js';
import type { StoredKind } from './narrow-matrix.js';

/**
 * Returns what the weights of a product are kept as, so that they can be multiplied with activations of some
 * kind: 8-bit integers meet weights in blocks.
 *
 * @throws RangeError for weights of more than 8 bits with `int8`.
 */
export function keptFor(activations: ActivationKind, kind: StoredKind): StoredKind {
  if (activations === 'f32' || isBlockKind(kind)) return kind;
  if (kind === 'int8') return 'q8';
  throw new RangeError(
    `activations: expected f32 with weights of ${kind}, got int8; choose weights of int8 or q4 for it`,
  );
}
