import { isObject, type JsonObject } from '@ramble/core/files';

import type { TypedValue } from '../format/metadata.js';
import type { MetadataReader } from '../format/metadata-reader.js';
import { shortest } from './shortest.js';

/** What a GGUF file says of rotary positions beside its metadata. */
export interface RopeTensors {
  /** The divisors of the frequencies, as Llama 3.1 and its successors have them. */
  readonly frequencyFactors?: Float32Array;
  /** The divisors of longrope, for sequences longer and no longer than those of the training. */
  readonly longFactors?: Float32Array;
  readonly shortFactors?: Float32Array;
}

/** Number fields of yarn: in a config.json, and in GGUF after `rope.scaling.`. */
const YARN = [
  ['attention_factor', 'yarn_attn_factor'],
  ['beta_fast', 'yarn_beta_fast'],
  ['beta_slow', 'yarn_beta_slow'],
] as const;

/**
 * The `rope_scaling` of a config.json.
 *
 * @param prefix - What stands before `rope.scaling.type`: the architecture and a dot.
 * @returns `null` where rotary positions are not scaled.
 * @throws RangeError for a kind of scaling that Hugging Face has not.
 */
export function readRopeScaling(
  metadata: MetadataReader,
  prefix: string,
  { theta, dimensions, ...tensors }: RopeTensors & { theta: number; dimensions: number },
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
  if (frequencyFactors) return llama3Scaling(frequencyFactors, theta, dimensions);
  const type = metadata.text(key('type')) ?? 'none';
  const factor = number('factor');
  if (type === 'none' || factor === undefined) return null;
  if (type === 'linear') return { rope_type: 'linear', factor };
  if (type !== 'yarn') {
    throw new RangeError(`${key('type')}: expected none, linear or yarn, got ${type}`);
  }
  const given = YARN.map(([field, name]) => [field, number(name)] as const);
  return {
    rope_type: 'yarn',
    factor,
    original_max_position_embeddings: original,
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  };
}

/** Metadata of a scaling, and the tensor `rope_freqs.weight` where it is told by one. */
export interface WrittenScaling {
  readonly metadata: readonly (readonly [key: string, value: TypedValue])[];
  readonly frequencyFactors?: Float32Array;
}

/**
 * The scaling of a config.json as llama.cpp reads it.
 *
 * @param scaling - `rope_scaling`, or the object of `rope_parameters`.
 * @throws RangeError for a kind that a GGUF file cannot tell.
 */
export function writeRopeScaling(
  scaling: unknown,
  { theta, dimensions }: { readonly theta: number; readonly dimensions: number },
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
            .filter(([field]) => field !== 'attention_factor') // llama.cpp's own, as checked
            .map(([field, name]) => [key(name), float(number(field))] as const),
        ],
      };
    case 'llama3': {
      const [low, high] = [number('low_freq_factor'), number('high_freq_factor')];
      const wanted = { factor: number('factor'), low, high, original };
      return { metadata: [], frequencyFactors: llama3Factors(wanted, theta, dimensions) };
    }
    default:
      throw new RangeError(
        `rope_scaling: expected default, linear, yarn or llama3, which GGUF can tell, got ${name}`,
      );
  }
}

/** @throws RangeError for a yarn that llama.cpp has not: it rounds the ramp, and its factor of scores is fixed. */
function checkYarn({ truncate, factor, attention_factor: given }: JsonObject): void {
  const usual = 0.1 * Math.log(Math.max(1, Number(factor))) + 1;
  if (truncate !== false && Math.abs(Number(given ?? usual) - usual) < 1e-6) return;
  throw new RangeError(
    `rope_scaling: expected the attention_factor ${usual} and truncate, as llama.cpp has yarn, got others`,
  );
}

interface Llama3 {
  readonly factor: number;
  readonly low: number;
  readonly high: number;
  /** Context length of the training before it was made longer. */
  readonly original: number;
}

/** The divisor of each frequency: 1 for short waves, the factor for long ones, and between them a mean. */
function llama3Factors(
  { factor, low, high, original }: Llama3,
  theta: number,
  dimensions: number,
): Float32Array {
  return Float32Array.from({ length: dimensions / 2 }, (_, i) => {
    const turns = original / waveLength(i, theta, dimensions);
    const share = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return 1 / ((1 - share) / factor + share);
  });
}

function waveLength(i: number, theta: number, dimensions: number): number {
  return 2 * Math.PI * theta ** ((2 * i) / dimensions);
}

/**
 * The settings of Llama 3 that give these divisors. A file holds only the divisors: the settings of the
 * published models are tried, then those that two divisors between 1 and the factor determine.
 */
function llama3Scaling(factors: Float32Array, theta: number, dimensions: number): JsonObject {
  if (factors.length !== dimensions / 2) {
    throw new RangeError(
      `rope_freqs.weight: expected a factor for each pair of columns that rotate (${dimensions / 2}), got ${factors.length}`,
    );
  }
  const factor = shortest(factors.reduce((most, each) => Math.max(most, each), 1));
  if (factor === 1) return { rope_type: 'default' };
  const published = { factor, low: 1, high: 4, original: 8192 };
  const found = [published, solved(factors, factor, theta, dimensions)].find((settings) => {
    if (!settings) return false;
    const wanted = llama3Factors(settings, theta, dimensions);
    return wanted.every((each, i) => Math.abs(each / factors[i] - 1) < 1e-4);
  });
  if (!found) {
    throw new RangeError('rope_freqs.weight: expected the factors of Llama 3, got others');
  }
  return {
    rope_type: 'llama3',
    factor,
    low_freq_factor: found.low,
    high_freq_factor: found.high,
    original_max_position_embeddings: found.original,
  };
}

/** With 1 for low: only quotients of low, high and the original length matter. */
function solved(
  factors: Float32Array,
  factor: number,
  theta: number,
  dimensions: number,
): Llama3 | undefined {
  const between = [...factors.entries()].filter(
    ([, each]) => each > 1 + 1e-5 && each < factor * (1 - 1e-5),
  );
  const [first, last] = [between.at(0), between.at(-1)];
  if (!first || !last || first === last) return undefined;
  const [[x1, y1], [x2, y2]] = [first, last].map(([i, each]) => [
    1 / waveLength(i, theta, dimensions),
    (1 / each - 1 / factor) / (1 - 1 / factor),
  ]);
  const slope = (y1 - y2) / (x1 - x2); // original / (high - low)
  const low = slope * x1 - y1; // low / (high - low)
  const high = Number((1 + 1 / low).toPrecision(4));
  return { factor, low: 1, high, original: Math.round(slope * (high - 1)) };
}
