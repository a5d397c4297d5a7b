/**
 * The processes that train one model together. All of them call the same operations in the same order. An
 * operation may be called while earlier ones are in progress; it begins after they end. The caller must not
 * touch its array until its promise settles.
 */
export interface Ranks {
  /** The number of this process, from 0 to `count - 1`. */
  readonly rank: number;
  readonly count: number;
  /** Means to continue after some ranks end; absent if all end then. */
  readonly recovery?: RankRecovery;
  /**
   * Adds up the arrays of all ranks in place: the same bits on every rank. Pairs are added first,
   * `(r0 + r1) + (r2 + r3)`.
   */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /**
   * Adds up one part of the arrays for each rank (reduce-scatter): rank r receives the sums from `ends[r - 1]`
   * to before `ends[r]`, in place. The rest of its array is unchanged. If the number of ranks is a power of 2,
   * the sums have the bits of `sum`.
   *
   * @param ends - The same on every rank, in ascending order; the last is the length.
   */
  sumParts(values: Float32Array, ends: readonly number[]): Promise<void>;
  /** Copies the part of each rank r, from `ends[r - 1]` to before `ends[r]`, to all ranks, in place. */
  gatherParts(values: Float32Array, ends: readonly number[]): Promise<void>;
  /** Copies the bytes of rank 0's array, of any type, to all ranks, in place. */
  broadcast(values: ArrayBufferView): Promise<void>;
  /** The bytes of each rank, by rank, on every rank. Their lengths may differ. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Sets the purpose of the operations that follow, such as `step 41`, for the error of a timeout. */
  announce(work: string): void;
  /** Ends the processes of all ranks with this exit status, after an error of this one. */
  abort(status: number): void;
  /** Ends the use of the library when all ranks have called it. */
  close(): Promise<void>;
}

/** Recovery of ranks after some have ended. Operations of the others are then rejected with `LostRankError`. */
export interface RankRecovery {
  /**
   * Whether all remaining ranks pass true, with the same result on all of them. If one passes false, the
   * operations in which others wait are rejected.
   */
  agree(isDone: boolean): Promise<boolean>;
  /**
   * Leaves out the ranks that have ended: numbers and count change.
   *
   * @throws Error if rank 0, which writes the run, has ended.
   */
  shrink(): Promise<void>;
}

/** Error of an operation that cannot complete because a rank has ended. */
export class LostRankError extends Error {
  override readonly name = 'LostRankError';
}
