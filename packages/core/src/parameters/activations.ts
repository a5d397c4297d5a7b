/** The kinds of numbers that the inputs of products can be rounded to. */
export const ACTIVATION_KINDS = ['f32', 'int8'] as const;

/**
 * Number format of activations in products with weights: 32-bit floats, or 8-bit integers with a scale for every
 * 32 inputs, as in llama.cpp's Q8_0. Integers are faster for prompts and batches, and less exact.
 */
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];
