/**
 * The factor of the products of queries and keys, in 32 bits: by default `1 / sqrt(D)` with both steps
 * rounded, as in C++.
 */
export function scoreScale(scale: number | undefined, headDim: number): number {
  const isDefault = scale === undefined || scale === 1 / Math.sqrt(headDim);
  return Math.fround(isDefault ? 1 / Math.fround(Math.sqrt(headDim)) : scale);
}
