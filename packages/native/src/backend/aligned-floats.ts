import type { Addon } from '../addon/addon-types.js';

/** Size of a cache line in bytes. */
export const LINE = 64;

/** Makes an array of zeros. */
export type MakeFloats = (length: number) => Float32Array;

/**
 * Makes arrays that begin with a cache line: JavaScript's own begin in the middle of one, and every vector
 * that is read would lie in two.
 */
export function alignedFloats(addon: Pick<Addon, 'bytesToLine'>): MakeFloats {
  return (length) => {
    const buffer = new ArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT + LINE);
    return new Float32Array(buffer, addon.bytesToLine(buffer), length);
  };
}

/** Makes arrays that begin with a cache line and lie in huge pages: those that stay as long as a model. */
export function hugeFloats(addon: Pick<Addon, 'bytesToLine' | 'useHugePages'>): MakeFloats {
  const makeFloats = alignedFloats(addon);
  return (length) => {
    const array = makeFloats(length);
    addon.useHugePages(array, length);
    return array;
  };
}
