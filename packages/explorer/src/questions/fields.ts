import { z } from 'zod';

import type { PagePrompt } from '../contract.js';

/** Maximum number of tokens returned for one position. */
export const MAX_ALTERNATIVES = 1000;

/** Any text. */
export const text = z.string('a text');

/** Makes the schema of an integer in a range, by default without an upper end. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodInt {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const message = `an integer ${range}`;
  return z.int(message).min(min, message).max(max, message);
}

/** Values of settings by name. The model's table of settings checks them. */
export const settings = z.record(z.string(), z.unknown(), 'an object of settings');

/** Token ids, which need not be in a vocabulary. */
export const ids = z.array(z.int('a token id'), 'a list of token ids');

/** A prompt of token ids. */
export const prompt: z.ZodType<PagePrompt> = z.strictObject(
  { tokens: ids, prefixLength: integer(0).optional(), outputStart: integer(0).optional() },
  'a prompt of token ids',
);

/** Makes the schema of a question with exactly these fields. */
export function question<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, 'a JSON object');
}
