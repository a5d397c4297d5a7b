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
    if (array === undefined) return new Float32Array(length);
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

  clear(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}
