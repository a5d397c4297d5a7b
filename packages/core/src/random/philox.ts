const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
// Looking `Math` up takes microseconds where globals are intercepted, as in jest's sandbox.
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

/** The upper 32 bits of a 64-bit product, from products of 16-bit halves, none above 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const [lowA, highA, lowB, highB] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = (imul(highA, lowB) + (imul(lowA, lowB) >>> 16)) | 0;
  const carry = (imul(lowA, highB) + (middle & 0xffff)) | 0;
  return (imul(highA, highB) + (middle >>> 16) + (carry >>> 16)) | 0;
}
