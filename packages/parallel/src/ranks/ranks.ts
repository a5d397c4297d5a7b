/**
 * The processes that train one model together. All of them call the same operations in the same order. An
 * operation may be called while earlier ones are in progress, which end before it begins; its array is
 * left alone until its promise settles.
 */
export interface Ranks {
  /** The number of this process, from 0 to `count - 1`. */
  readonly rank: number;
  readonly count: number;
  /** How others go on when some ranks end; absent where all end then. */
  readonly recovery?: RankRecovery;
  /**
   * Adds up the arrays of all ranks in place: the same bits on every rank. Pairs are added first,
   * `(r0 + r1) + (r2 + r3)`.
   */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /**
   * Adds up one part of the arrays for each rank, as `sum` does where ranks are a power of 2: rank r gets the
   * sums from `ends[r - 1]` to before `ends[r]`, in place. The rest of its array stays as it is.
   *
   * @param ends - The same on every rank, in ascending order; the last is the length.
   */
  sumParts(values: Float32Array, ends: readonly number[]): Promise<void>;
  /** Gives every rank the part of each, from `ends[r - 1]` to before `ends[r]` of rank r, in place. */
  gatherParts(values: Float32Array, ends: readonly number[]): Promise<void>;
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

/** Ranks that go on when some of them have ended: their operations are rejected with a `LostRankError` then. */
export interface RankRecovery {
  /**
   * Whether all ranks that are left have done their work; the same answer on all of them. Where one has not,
   * the operations that others wait in are rejected.
   */
  agree(isDone: boolean): Promise<boolean>;
  /**
   * Leaves out the ranks that have ended: numbers and count change.
   *
   * @throws Error where the first rank has ended, which has the run.
   */
  shrink(): Promise<void>;
}

/** The error of an operation that cannot end, as one of the ranks has. */
export class LostRankError extends Error {
  override readonly name = 'LostRankError';
}
