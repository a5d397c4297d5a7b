import { isBlockKind } from './block-layout.js';
import type { StoredKind } from './narrow-matrix.js';

/** The kinds of numbers that the inputs of products can be rounded to. */
export const ACTIVATION_KINDS = ['f32', 'int8'] as const;

/**
 * What a model multiplies its weights with: 32-bit floats, or 8-bit integers with a scale for every 32
 * inputs, as llama.cpp's Q8_0. The latter is faster for prompts and batches, and less exact.
 */
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];

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
