/** Sums arrays of one length in pairs, 0 + 1, 2 + 3, then the sums of pairs, with the rounding of their type. */
export function pairwiseSum<T extends Float32Array | Float64Array>(arrays: readonly T[]): T {
  if (arrays.length === 1) return arrays[0];
  const pairs: T[] = [];
  for (let i = 0; i < arrays.length; i += 2) pairs.push(sumOf(arrays[i], arrays.at(i + 1)));
  return pairwiseSum(pairs);
}

function sumOf<T extends Float32Array | Float64Array>(a: T, b: T | undefined): T {
  if (b === undefined) return a;
  const sum = a.slice() as T; // of the same type
  for (let i = 0; i < sum.length; i++) sum[i] += b[i];
  return sum;
}
