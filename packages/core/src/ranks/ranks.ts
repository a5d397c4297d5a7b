/**
 * The processes that train one model together. All of them call the same operations in the same order. An
 * operation may be called while earlier ones are in progress, which end before it begins; its array is
 * left alone until its promise settles.
 */
export interface Ranks {
  /** The number of this process, from 0 to `count - 1`. */
  readonly rank: number;
  readonly count: number;
  /**
   * Adds up the arrays of all ranks in place: the same bits on every rank. Pairs are added first,
   * `(r0 + r1) + (r2 + r3)`.
   */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** Gives every rank what rank 0 has, the bytes of any typed array, in place. */
  broadcast(values: ArrayBufferView): Promise<void>;
  /** The bytes of each rank, by rank, on every rank. Their lengths may differ. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Says what the operations from here on are for, `step 41`: the error of one that takes too long names it. */
  announce(work: string): void;
  /** Ends the processes of all ranks with this exit status, after an error of this one. */
  abort(status: number): void;
  /** Ends the use of the library when all ranks have called it. */
  close(): Promise<void>;
}
