/** Returns numbers that differ between ranks and in size, so that the order of their sum affects its bits. */
export function valuesOf(length: number, rank: number, seed = 0): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let bits = Math.imul(i, 0x9e3779b1) ^ Math.imul(1000 * seed + rank + 1, 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
    bits ^= bits >>> 12;
    values[i] = bits * 2 ** -(31 + (bits & 7));
  }
  return values;
}
