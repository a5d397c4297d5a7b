import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

import { type MetadataReader, type TypedValue, shortest } from '../format/metadata.js';
import { llama3Factors, llama3Scaling } from './llama3-factors.js';

/** Tensors of a GGUF file that scale rotary positions. */
export interface RopeTensors {
  /** Divisors of the frequencies, as in Llama 3.1 and later. */
  readonly frequencyFactors?: Float32Array;
  /**
   * Divisors of the frequencies for longrope, for sequences longer than in training. `shortFactors` are for all
   * others.
   */
  readonly longFactors?: Float32Array;
  readonly shortFactors?: Float32Array;
}

/** Names of the tensors of `RopeTensors` in a file. */
export const ROPE_TENSORS = {
  frequencyFactors: 'rope_freqs.weight',
  longFactors: 'rope_factors_long.weight',
  shortFactors: 'rope_factors_short.weight',
} as const satisfies Record<keyof RopeTensors, string>;

/** Names of yarn's numbers in a config.json, and their keys in GGUF after `rope.scaling.`. */
const YARN = [
  ['attention_factor', 'yarn_attn_factor'],
  ['beta_fast', 'yarn_beta_fast'],
  ['beta_slow', 'yarn_beta_slow'],
] as const;

interface RopeOfModel {
  readonly theta: number;
  /** Number of columns of a head that rotate. */
  readonly dimensions: number;
  /** The context length of the model. */
  readonly context: number;
}

/**
 * Returns the `rope_scaling` of a config.json from the metadata and the tensors of a GGUF file.
 *
 * @param prefix - Prefix of `rope.scaling.type`: the architecture and a dot.
 * @returns `null` if rotary positions are not scaled.
 * @throws RangeError if Hugging Face has no such scaling.
 */
export function readRopeScaling(
  metadata: MetadataReader,
  prefix: string,
  { theta, dimensions, context, ...tensors }: RopeTensors & RopeOfModel,
): JsonObject | null {
  const key = (name: string): string => `${prefix}rope.scaling.${name}`;
  const number = (name: string): number | undefined => {
    const value = metadata.number(key(name));
    return value === undefined ? undefined : shortest(value);
  };
  const original = metadata.integer(key('original_context_length'));
  const { frequencyFactors, longFactors, shortFactors } = tensors;
  if (longFactors && shortFactors) {
    return {
      rope_type: 'longrope',
      long_factor: Array.from(longFactors, shortest),
      short_factor: Array.from(shortFactors, shortest),
      original_max_position_embeddings: original,
      attention_factor: number('attn_factor'),
    };
  }
  if (frequencyFactors) {
    return (
      llama3Scaling(frequencyFactors, theta, dimensions) ?? sameFactors(frequencyFactors, context)
    );
  }
  const type = metadata.text(key('type')) ?? 'none';
  const factor = number('factor');
  if (type === 'none' || factor === undefined) return null;
  if (type === 'linear') return { rope_type: 'linear', factor };
  if (type !== 'yarn') {
    throw new RangeError(`${key('type')}: expected none, linear or yarn, got ${type}`);
  }
  const given = YARN.map(([field, name]) => [field, number(name)] as const);
  const more = number('attn_factor');
  return {
    rope_type: 'yarn',
    factor,
    original_max_position_embeddings: original,
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(more !== undefined && { attention_factor: more * usualYarnFactor(factor) }),
  };
}

/** Metadata of a rotary scaling for a GGUF file, and the divisors of the frequencies to write as tensors. */
export interface WrittenScaling extends RopeTensors {
  readonly metadata: readonly (readonly [key: string, value: TypedValue])[];
}

/** Properties of a model that determine how its rotary scaling is written to a GGUF file. */
interface RopeOfFile extends Pick<RopeOfModel, 'theta' | 'dimensions'> {
  /** Whether the architecture is Phi-3's. */
  readonly isPhi3: boolean;
}

/**
 * Converts the scaling of a config.json to llama.cpp's metadata and tensors.
 *
 * @param scaling - `rope_scaling`, or the object of `rope_parameters`.
 * @throws RangeError if a GGUF file cannot express the scaling.
 */
export function writeRopeScaling(
  scaling: unknown,
  { theta, dimensions, isPhi3 }: RopeOfFile,
): WrittenScaling {
  if (!isObject(scaling)) return { metadata: [] };
  const type = scaling.rope_type ?? scaling.type ?? 'default';
  const name = typeof type === 'string' ? type : 'none';
  const number = (name: string): number => Number(scaling[name]);
  const float = (value: number): TypedValue => ({ type: 'float32', value });
  const key = (name: string): string => `rope.scaling.${name}`;
  const given = [
    [key('type'), { type: 'string', value: name }],
    [key('factor'), float(number('factor'))],
  ] as const;
  const original = number('original_max_position_embeddings');
  switch (name) {
    case 'default':
      return { metadata: [] };
    case 'linear':
      return { metadata: given };
    case 'yarn':
      checkYarn(scaling);
      return {
        metadata: [
          ...given,
          [key('original_context_length'), { type: 'uint32', value: original }],
          ...YARN.filter(([field]) => typeof scaling[field] === 'number')
            .filter(([field]) => field !== 'attention_factor')
            .map(([field, name]) => [key(name), float(number(field))] as const),
          ...moreAttention(number('attention_factor') / usualYarnFactor(number('factor'))),
        ],
      };
    case 'llama3': {
      const [low, high] = [number('low_freq_factor'), number('high_freq_factor')];
      const wanted = { factor: number('factor'), low, high, original };
      return { metadata: [], frequencyFactors: llama3Factors(wanted, theta, dimensions) };
    }
    case 'longrope':
      return {
        metadata: [
          // Phi-3's architecture reads the tensors without a key for them.
          ...(isPhi3 ? [] : ([[key('type'), { type: 'string', value: name }]] as const)),
          [key('original_context_length'), { type: 'uint32', value: original }],
          ...moreAttention(number('attention_factor')),
        ],
        longFactors: Float32Array.from(scaling.long_factor as number[]), // as in config.json
        shortFactors: Float32Array.from(scaling.short_factor as number[]),
      };
    default:
      throw new RangeError(
        `rope_scaling: expected default, linear, yarn, llama3 or longrope, which GGUF can tell, got ${name}`,
      );
  }
}

/** Returns the metadata entry for an additional factor of llama.cpp's cosines and sines; none if the factor is 1. */
function moreAttention(factor: number): (readonly [key: string, value: TypedValue])[] {
  if (!Number.isFinite(factor) || Math.abs(factor - 1) < 1e-6) return [];
  return [['rope.scaling.attn_factor', { type: 'float32', value: factor }]];
}

/** Returns the factor by which yarn multiplies cosines and sines by default. */
function usualYarnFactor(factor: number): number {
  return 0.1 * Math.log(Math.max(1, factor)) + 1;
}

/**
 * Checks that a yarn scaling has the settings that are constants in llama.cpp.
 *
 * @throws RangeError for other settings.
 */
function checkYarn(scaling: JsonObject): void {
  const fixed = { beta_fast: 32, beta_slow: 1, truncate: true };
  for (const [field, expected] of Object.entries(fixed)) {
    const got = scaling[field] ?? expected;
    if (got === expected) continue;
    throw new RangeError(
      `rope_scaling.${field}: expected ${expected}, which llama.cpp computes with, got ${shownValue(got)}`,
    );
  }
}

/** Returns a longrope scaling whose short and long divisors are equal, so that they apply at every length. */
function sameFactors(factors: Float32Array, context: number): JsonObject {
  const list = Array.from(factors, shortest);
  return {
    rope_type: 'longrope',
    short_factor: list,
    long_factor: list,
    original_max_position_embeddings: context,
    attention_factor: 1,
  };
}
