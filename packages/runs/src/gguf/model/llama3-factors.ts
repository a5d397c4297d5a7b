import type { JsonObject } from '@ramble/core/files';

import { shortest } from '../format/metadata.js';

/** Settings of Llama 3's rotary scaling. */
interface Llama3 {
  readonly factor: number;
  readonly low: number;
  readonly high: number;
  /** Context length before scaling. */
  readonly original: number;
}

/**
 * Returns the divisor of each rotary frequency in Llama 3's scaling: 1 for short wavelengths, `factor` for long ones,
 * and an interpolation between.
 */
export function llama3Factors(
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
 * Returns the `rope_scaling` of Llama 3 whose divisors of the frequencies are `factors`, because a GGUF file contains
 * only the divisors. It tries the published models' settings, then the settings that follow from two divisors between
 * 1 and the largest divisor.
 *
 * @returns `undefined` if no settings give these divisors.
 * @throws RangeError if the number of divisors is not the number of rotating pairs of columns.
 */
export function llama3Scaling(
  factors: Float32Array,
  theta: number,
  dimensions: number,
): JsonObject | undefined {
  if (factors.length !== dimensions / 2) {
    throw new RangeError(
      `rope_freqs.weight: expected a factor for each pair of columns that rotate (${dimensions / 2}), got ${factors.length}`,
    );
  }
  const factor = shortest(factors.reduce((max, each) => Math.max(max, each), 1));
  if (factor === 1) return { rope_type: 'default' };
  const published = { factor, low: 1, high: 4, original: 8192 };
  const found = [published, solved(factors, factor, theta, dimensions)].find((settings) => {
    if (!settings) return false;
    const wanted = llama3Factors(settings, theta, dimensions);
    return wanted.every((each, i) => Math.abs(each / factors[i] - 1) < 1e-4);
  });
  if (!found) return undefined;
  return {
    rope_type: 'llama3',
    factor,
    low_freq_factor: found.low,
    high_freq_factor: found.high,
    original_max_position_embeddings: found.original,
  };
}

/**
 * Returns the settings that follow from the first and the last divisor between 1 and `factor`, with `low` = 1, since
 * only the ratios of `low`, `high` and `original` matter; `undefined` if fewer than two divisors lie between.
 */
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
