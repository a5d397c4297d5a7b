/** Purposes of random numbers. Their order must not change, because it affects the numbers of every seed. */
const PURPOSES = [
  'init',
  'batch',
  'dropout',
  'sample',
  'augment',
  'shuffle',
  'resample',
  'share',
  'probe',
] as const;

/** Purpose of random numbers. Numbers of one seed and different purposes are independent. */
export type Purpose = (typeof PURPOSES)[number];

/** Address of a sequence of random numbers. Equal addresses produce equal numbers on every platform. */
export interface RandomAddress {
  /** Seed: an integer, 0 to 2^53 - 1. */
  readonly seed: number;
  readonly purpose: Purpose;
  /** The training step, the sampled position, or another counter below 2^32. */
  readonly step: number;
  /** Index of the consumer of the numbers within one step, such as a layer or a sequence; below 2^32. */
  readonly stream?: number;
}

/** Random numbers as functions of an index, without state. */
export interface Random {
  /** Returns a uniform number in `[0, 1)` with 32 bits. */
  uniform(index: number): number;
  /** Returns a uniform integer in `[0, below)`, with `below` at most 2^32. */
  integer(index: number, below: number): number;
  /** Returns a standard normal number, by the Box-Muller transform of numbers that only this index uses. */
  normal(index: number): number;
}

/** Returns the random numbers for a seed, purpose, step and stream (counter-based). */
export function randomAt(address: RandomAddress): Random {
  const words = new Uint32Array(4);
  let drawn = -1;
  /** Returns the four random words of a block. They are not computed again if the last call had the same block. */
  const wordsOf = (block: number): Uint32Array => {
    if (block !== drawn) fillBlock(address, block, words, 0);
    drawn = block;
    return words;
  };
  const uniform = (index: number): number => wordsOf(Math.floor(index / 4))[index % 4] / 2 ** 32;
  return {
    uniform,
    integer: (index, below) => Math.floor(uniform(index) * below),
    normal: (index) => {
      // Uses the upper half of the block numbers, which `uniform` never reaches. Two words produce two normal
      // numbers.
      const block = wordsOf(2 ** 31 + Math.floor(index / 4));
      const pair = index % 4 < 2 ? 0 : 2;
      const radius = Math.sqrt(-2 * Math.log((block[pair] + 1) / 2 ** 32));
      const angle = 2 * Math.PI * (block[pair + 1] / 2 ** 32);
      return radius * (index % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
    },
  };
}

/** Returns the first `count` random 32-bit words of an address. `Random.uniform` is these words divided by 2^32. */
export function randomBits(address: RandomAddress, count: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; block < words.length / 4; block++) {
    fillBlock(address, block, words, 4 * block);
  }
  return words.subarray(0, count);
}

/**
 * Returns the Philox key of an address, two 32-bit words, for engines that draw the same words. Words `4n` to
 * `4n + 3` use the counter `[n, 0, step, stream]`.
 */
export function philoxKey({ seed, purpose }: RandomAddress): readonly [number, number] {
  const seedHigh = Math.floor(seed / 2 ** 32);
  // Seeds have 53 bits, so the purpose fits above them in the key.
  return [seed >>> 0, (seedHigh | ((PURPOSES.indexOf(purpose) + 1) << 24)) >>> 0];
}

function fillBlock(address: RandomAddress, block: number, out: Uint32Array, offset: number): void {
  const { step, stream = 0 } = address;
  const [key0, key1] = philoxKey(address);
  philox(block, 0, step, stream, key0, key1, out, offset);
}

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
// Local constants, because globals take microseconds to look up if they are intercepted, as in jest's
// sandbox.
const { imul } = Math;

/**
 * Philox 4x32-10: a bijection of a 128-bit counter under a 64-bit key whose outputs pass as random.
 * Writes four 32-bit words to `out` at `offset`.
 *
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
 *   https://doi.org/10.1145/2063384.2063405
 */
export function philox(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
  offset: number,
): void {
  // Signed 32-bit integers throughout: unsigned ones would become doubles above 2^31.
  let [c0, c1, c2, c3] = [counter0 | 0, counter1 | 0, counter2 | 0, counter3 | 0];
  let [k0, k1] = [key0 | 0, key1 | 0];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = imul(MULTIPLIER_0, c0);
    const low1 = imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/** Returns the upper 32 bits of a 64-bit product, from products of 16-bit halves, none above 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const [lowA, highA, lowB, highB] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = (imul(highA, lowB) + (imul(lowA, lowB) >>> 16)) | 0;
  const carry = (imul(lowA, highB) + (middle & 0xffff)) | 0;
  return (imul(highA, highB) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/** Draws a new seed from the system's random numbers: an integer of 32 bits, short enough to type. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
