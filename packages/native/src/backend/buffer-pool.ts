/** Bytes of arrays that wait for their next use. */
const MOST_BYTES = 2 ** 31;

/**
 * Arrays by length, used again: a new array of 4 MB costs a millisecond of page faults, an old one
 * nothing.
 */
export class BufferPool {
  readonly #free = new Map<number, Float32Array[]>();
  #freeBytes = 0;

  /** An array with any content. */
  take(length: number): Float32Array {
    const array = this.#free.get(length)?.pop();
    if (array === undefined) return this.#make(length);
    this.#freeBytes -= array.byteLength;
    return array;
  }

  /** Gives back an array that nobody else holds. */
  give(array: Float32Array): void {
    if (this.#freeBytes + array.byteLength > MOST_BYTES) this.clear();
    const free = this.#free.get(array.length);
    if (free) free.push(array);
    else this.#free.set(array.length, [array]);
    this.#freeBytes += array.byteLength;
  }

  #make(length: number): Float32Array {
    try {
      return new Float32Array(length);
    } catch {
      this.clear(); // what waits here may be what is missing
    }
    try {
      return new Float32Array(length);
    } catch (error) {
      const megabytes = Math.ceil((4 * length) / 1e6);
      throw new RangeError(`native: expected ${megabytes} MB for a tensor, got none`, {
        cause: error,
      });
    }
  }

  clear(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}
