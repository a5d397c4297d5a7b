/** The kinds of numbers that the inputs of products can be rounded to. */
export const ACTIVATION_KINDS = ['f32', 'int8'] as const;

/**
 * What a model multiplies its weights with: 32-bit floats, or 8-bit integers with a scale for every 32
 * inputs, as llama.cpp's Q8_0. The latter is faster for prompts and batches, and less exact.
 */
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];
