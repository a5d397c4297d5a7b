import { LINE, type MakeFloats } from './aligned-floats.js';

/** Bytes of buffers that wait for their next use. */
const MOST_BYTES = 2 ** 31;
/** A buffer serves for arrays of at least this share of it: batches differ in length. */
const LEAST_SHARE = 1 / 2;

/**
 * Buffers, used again: a new one of 4 MB costs a millisecond of page faults, an old one nothing, and
 * new ones keep the garbage collector busy.
 */
export class BufferPool {
  /** The free arrays by the bytes that they have room for. */
  readonly #free = new Map<number, Float32Array[]>();
  /** The keys of `#free`, rising. */
  #sizes: number[] = [];
  #freeBytes = 0;
  readonly #makeFloats: MakeFloats;

  constructor(makeFloats: MakeFloats) {
    this.#makeFloats = makeFloats;
  }

  /** An array with any content, of the smallest free buffer that is not far too large. */
  take(length: number): Float32Array {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    for (let i = this.#firstOf(bytes); i < this.#sizes.length; i++) {
      const size = this.#sizes[i];
      if (bytes < size * LEAST_SHARE) break;
      const free = this.#free.get(size)?.pop();
      if (free === undefined) continue;
      this.#freeBytes -= size;
      return new Float32Array(free.buffer, free.byteOffset, length);
    }
    return this.#make(length);
  }

  /** Returns an array to the pool; nothing else may hold it. */
  give(array: Float32Array): void {
    const size = array.buffer.byteLength - LINE;
    if (this.#freeBytes + size > MOST_BYTES) this.clear();
    const free = this.#free.get(size);
    if (free) {
      free.push(array);
    } else {
      this.#free.set(size, [array]);
      this.#sizes.splice(this.#firstOf(size), 0, size);
    }
    this.#freeBytes += size;
  }

  /** Finds the index of the first size of at least so many bytes. */
  #firstOf(bytes: number): number {
    let [low, high] = [0, this.#sizes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sizes[middle] < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #make(length: number): Float32Array {
    try {
      return this.#makeFloats(length);
    } catch {
      this.clear(); // what waits here may be what is missing
    }
    try {
      return this.#makeFloats(length);
    } catch (error) {
      const megabytes = Math.ceil((4 * length) / 1e6);
      throw new RangeError(
        `native: expected ${megabytes} MB of free memory for a tensor, got none`,
        {
          cause: error,
        },
      );
    }
  }

  clear(): void {
    this.#free.clear();
    this.#sizes = [];
    this.#freeBytes = 0;
  }
}
