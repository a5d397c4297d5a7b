import { type Metric, type Score, sumRows } from '../score/metric.js';

/** The default seed of sacreBLEU's resampling. */
export const DEFAULT_SEED = 12345;

/** Options of resampling: the number of resampled corpora, the seed, and the number of a score that is compared. */
export interface ResamplingOptions<S extends Score> {
  /**
   * Number of resampled corpora, or of trials of a randomization test, at least 1. The default is sacreBLEU's: 1000
   * corpora or 10,000 trials.
   */
  readonly samples?: number;
  /** Seed of the draw, a non-negative integer; sacreBLEU's 12345 by default. */
  readonly seed?: number;
  /** Returns the number in a score that is compared; by default `score.score`. */
  readonly numberOf?: (score: S) => number;
}

/**
 * Mean of a score over resampled corpora, and the interval from `low` to `high` that contains 95 % of their scores.
 */
export interface Confidence {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Settings of resampling: the metric, and the number and the seed of the drawn corpora. */
export interface Resampling<S extends Score> {
  readonly metric: Metric<S>;
  readonly referenceCount: number;
  readonly samples: number;
  readonly seed: number;
  readonly numberOf: (score: S) => number;
}

/**
 * Computes the score of a whole corpus, and the scores of corpora drawn from it with replacement. The drawn segments
 * depend only on seed and size, so two systems are compared on the same segments.
 *
 * @param rows - Results of `metric.measure`, one for each segment of the corpus.
 */
export function resample<S extends Score>(
  rows: readonly (readonly number[])[],
  { metric, referenceCount, samples, seed, numberOf }: Resampling<S>,
): { readonly value: number; readonly drawn: readonly number[] } {
  const valueOfRows = (some: readonly (readonly number[])[]): number =>
    numberOf(metric.score(sumRows(some), referenceCount));
  const random = numpyRandom(seed);
  const drawn = Array.from({ length: samples }, () =>
    valueOfRows(rows.map(() => rows[random.integer(rows.length)])),
  );
  return { value: valueOfRows(rows), drawn };
}

/**
 * Returns the mean of drawn values, and their interval without the lowest and the highest 2.5 %, as sacreBLEU does.
 */
export function confidenceOf(drawn: readonly number[]): Confidence {
  const sorted = [...drawn].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 40);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean, low: sorted[cut], high: sorted[sorted.length - 1 - cut] };
}

/** The random numbers of `numpy.random.default_rng(seed)`, which sacreBLEU uses. */
export interface NumpyRandom {
  /** Returns the next number of `integers(below)`: uniform in `[0, below)`, for `below` up to `2^32 - 1`. */
  integer(below: number): number;
  /** Returns a function that yields the elements of `integers(2, dtype=bool)` one by one. */
  booleans(): () => boolean;
}

/** PCG's 128-bit multiplier. */
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const LOW_64 = 0xffffffffffffffffn;

/**
 * Starts NumPy's default generator: PCG64 (XSL-RR), seeded through `SeedSequence`.
 *
 * @param seed - A non-negative safe integer.
 * @see O'Neill 2014, https://www.pcg-random.org; Lemire 2019, https://arxiv.org/abs/1805.10941
 */
export function numpyRandom(seed: number): NumpyRandom {
  const [seedHigh, seedLow, streamHigh, streamLow] = seedWords(seed);
  const increment = BigInt.asUintN(128, (((streamHigh << 64n) | streamLow) << 1n) | 1n);
  const step = (from: bigint): bigint => BigInt.asUintN(128, from * MULTIPLIER + increment);
  let state = step(increment + ((seedHigh << 64n) | seedLow));
  /** High 32 bits of the last 64-bit output, if they are not used yet. */
  let kept: number | undefined;

  const next32 = (): number => {
    if (kept !== undefined) {
      const half = kept;
      kept = undefined;
      return half;
    }
    state = step(state);
    const folded = (state >> 64n) ^ (state & LOW_64);
    const turn = state >> 122n;
    const bits = BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
    kept = Number(bits >> 32n);
    return Number(bits & 0xffffffffn);
  };
  const integer = (below: number): number => {
    if (below === 1) return 0; // draws nothing
    const unfair = 2 ** 32 % below;
    for (;;) {
      const bits = next32();
      const low = Math.imul(bits, below) >>> 0;
      // The product may need 64 bits, but its rounding error is far below 2^31.
      if (low >= unfair) return Math.round((bits * below - low) / 2 ** 32);
    }
  };
  const booleans = (): (() => boolean) => {
    let word = 0;
    let left = 0;
    return () => {
      word = left === 0 ? next32() : word >>> 1;
      left = left === 0 ? 31 : left - 1;
      return (word & 1) === 1;
    };
  };
  return { integer, booleans };
}

/** Returns `SeedSequence(seed).generate_state(4, uint64)`. */
function seedWords(seed: number): [bigint, bigint, bigint, bigint] {
  const pool = seedPool([seed >>> 0, Math.floor(seed / 2 ** 32)]);
  const hash = hasher(0x8b51f9dd, 0x58f38ded);
  const words = Array.from({ length: 8 }, (_, i) => BigInt(hash(pool[i % 4])));
  const wide = (i: number): bigint => words[2 * i] | (words[2 * i + 1] << 32n);
  return [wide(0), wide(1), wide(2), wide(3)];
}

/** Returns the four words of NumPy's entropy pool. Every bit of the seed affects all four. */
function seedPool(entropy: readonly number[]): number[] {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = [entropy[0], entropy[1], 0, 0].map(hash);
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source === target) continue;
      const hashed = hash(pool[source]);
      const mixed = Math.imul(0xca01f9dd, pool[target]) - Math.imul(0x4973f715, hashed);
      pool[target] = (mixed ^ (mixed >>> 16)) >>> 0;
    }
  }
  return pool;
}

/**
 * Returns the hash function of NumPy's SeedSequence. Its constant changes with each call, so equal words get different
 * hashes.
 */
function hasher(first: number, multiplier: number): (word: number) => number {
  let constant = first;
  return (word) => {
    const salted = word ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(salted, constant);
    return (product ^ (product >>> 16)) >>> 0;
  };
}
