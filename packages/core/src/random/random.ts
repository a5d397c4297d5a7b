import { philox } from './philox.js';

/** What a draw is for; each purpose has numbers of its own. The order is part of every seed's meaning. */
const PURPOSES = [
  'init',
  'batch',
  'dropout',
  'sample',
  'augment',
  'shuffle',
  'resample',
  'share',
] as const;

/** What random numbers are for: numbers of one seed and different purposes are independent. */
export type Purpose = (typeof PURPOSES)[number];

/**
 * The address of a run of random numbers: equal addresses give equal numbers, always and
 * everywhere.
 */
export interface RandomAddress {
  /** An integer, 0 to 2^53 - 1. */
  readonly seed: number;
  readonly purpose: Purpose;
  /** The training step, the sampled position, or another counter below 2^32. */
  readonly step: number;
  /** Tells apart several users at one step: a layer, a sequence; below 2^32. */
  readonly stream?: number;
}

/** Random numbers as functions of an index: there is no state. */
export interface Random {
  /** Uniform in `[0, 1)`, 32 bits. */
  uniform(index: number): number;
  /** Uniform integer in `[0, below)`, `below` at most 2^32. */
  integer(index: number, below: number): number;
  /** Standard normal, by Box and Muller from draws of its own index. */
  normal(index: number): number;
}

/** The random numbers of one address. */
export function randomAt(address: RandomAddress): Random {
  const words = new Uint32Array(4);
  let drawn = -1;
  /** The words of a block; drawn once for neighbours that are asked for one after the other. */
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
      // From the upper half of the block numbers, which `uniform` never reaches; two words give two.
      const block = wordsOf(2 ** 31 + Math.floor(index / 4));
      const pair = index % 4 < 2 ? 0 : 2;
      const radius = Math.sqrt(-2 * Math.log((block[pair] + 1) / 2 ** 32));
      const angle = 2 * Math.PI * (block[pair + 1] / 2 ** 32);
      return radius * (index % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
    },
  };
}

/** The first `count` 32-bit words of an address: the same words `uniform` draws from. */
export function randomBits(address: RandomAddress, count: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; block < words.length / 4; block++) {
    fillBlock(address, block, words, 4 * block);
  }
  return words.subarray(0, count);
}

/**
 * The key of an address's Philox, two 32-bit words, for engines that draw the same words themselves:
 * words `4n` to `4n + 3` come from the counter `[n, 0, step, stream]`.
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
