import { alibi, RELATIVE, relative } from './distance-scores.js';
import type { AttentionKind } from './attention-kind.js';
import {
  causal,
  local,
  localIndependent,
  localMask,
  maskedAttention,
  prefix,
  window,
} from './masked.js';
import { compressed, compressedInput } from './compressed.js';
import { transformerXl } from './transformer-xl.js';

/** All kinds of attention by name. All of them support padding and dropout. */
const KINDS = {
  causal,
  prefix,
  relative,
  local,
  'local-independent': localIndependent,
  'relative-local': maskedAttention(localMask(1), RELATIVE),
  window,
  'transformer-xl': transformerXl,
  alibi,
  compressed,
  'compressed-input': compressedInput,
} as const satisfies Readonly<Record<string, AttentionKind>>;

/** The name of a kind of attention, as `attention` of the model config takes it. */
export type AttentionName = keyof typeof KINDS;
/** The names of all kinds of attention. */
export const ATTENTION_NAMES = Object.keys(KINDS) as readonly AttentionName[]; // its own keys

/**
 * A kind of attention for all layers, or a list of kinds with commas between them, one per layer. The list
 * repeats if the model has more layers: `local,causal`.
 */
export type AttentionPattern = AttentionName | `${AttentionName},${string}`;

/** The kinds of a pattern, in order. */
export function patternKinds(pattern: AttentionPattern): AttentionKind[] {
  return patternNames(pattern).map((name) => KINDS[name]);
}

/** The names in a pattern, in order. */
export function patternNames(pattern: AttentionPattern): AttentionName[] {
  return pattern.split(',') as AttentionName[]; // checked with the config
}

/** Returns all kinds of attention, each once. */
export function allKinds(): readonly AttentionKind[] {
  return Object.values(KINDS);
}
