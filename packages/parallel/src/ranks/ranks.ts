/**
 * The processes that train one model together. All of them call the same operations in the same order. An
 * operation may be called while earlier ones are in progress; it begins after they end. The caller must not
 * touch its array until its promise settles.
 */
export interface Ranks {
  /** Index of this process, from 0 to `count - 1`. */
  readonly rank: number;
  readonly count: number;
  /** Functions to continue after some ranks end; absent if all ranks end then. */
  readonly recovery?: RankRecovery;
  /**
   * Sums the arrays of all ranks in place, with the same bits on every rank. Pairs are added first,
   * `(r0 + r1) + (r2 + r3)`.
   */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /**
   * Sums one part of the arrays for each rank (reduce-scatter): rank r receives the sums from `ends[r - 1]`
   * to before `ends[r]`, in place. The rest of its array is unchanged. If the number of ranks is a power of
   * 2, the sums have the bits of `sum`.
   *
   * @param ends - The same on every rank, in ascending order; the last is the length.
   */
  sumParts(values: Float32Array, ends: readonly number[]): Promise<void>;
  /** Copies the part of each rank r, from `ends[r - 1]` to before `ends[r]`, to all ranks, in place. */
  gatherParts(values: Float32Array, ends: readonly number[]): Promise<void>;
  /** Copies the bytes of rank 0's array, of any type, to all ranks, in place. */
  broadcast(values: ArrayBufferView): Promise<void>;
  /** Returns the bytes of each rank, by rank, on every rank. Their lengths may differ. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Sets the purpose of the next operations, such as `step 41`, for the error of a timeout. */
  announce(work: string): void;
  /** Ends the processes of all ranks with this exit status, after an error of this process. */
  abort(status: number): void;
  /** Disconnects from the other ranks, as soon as all ranks have called it. */
  close(): Promise<void>;
}

/**
 * Recovery of ranks after some have ended. Operations of the remaining ranks are then rejected with `LostRankError`.
 */
export interface RankRecovery {
  /**
   * Returns whether all remaining ranks pass true, with the same result on all of them. If one passes false, the
   * operations in which other ranks wait are rejected.
   */
  agree(isDone: boolean): Promise<boolean>;
  /**
   * Excludes the ranks that have ended. `rank` and `count` of the remaining ranks change accordingly.
   *
   * @throws Error if rank 0, which writes the run, has ended.
   */
  shrink(): Promise<void>;
}

/** Error of an operation that cannot complete because a rank has ended. */
export class LostRankError extends Error {
  override readonly name = 'LostRankError';
}

/** One operation and the ranks that have called it. */
interface Meeting {
  /** Name and sizes of the operation, the same on all ranks. */
  readonly kind: string;
  readonly arrivals: Arrival[];
}

interface Arrival {
  readonly rank: number;
  readonly values: ArrayBufferView;
  readonly resolve: (gathered: Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
}

/** Combines the arrays of an operation, which are in the order of the ranks, in place. */
type Combine = (arrays: ArrayBufferView[]) => void;

/**
 * Makes ranks for trainings in one process. The trainings take turns: each operation ends when all of them have called
 * it.
 *
 * @returns one object for each training. Operations reject if ranks call different ones, and after an `abort`.
 */
export function inMemoryRanks(count: number): Ranks[] {
  const meetings: Meeting[] = [];
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    const reason = (failure ??= error);
    // Ranks that have not arrived leave holes.
    for (const { arrivals } of meetings) arrivals.forEach(({ reject }) => reject(reason));
  };
  return Array.from({ length: count }, (_, rank): Ranks => {
    let calls = 0;
    const meet = (
      kind: string,
      values: ArrayBufferView,
      combine: Combine = () => undefined,
    ): Promise<Uint8Array[]> =>
      new Promise((resolve, reject) => {
        const number = calls++;
        const meeting = (meetings[number] ??= { kind, arrivals: [] });
        meeting.arrivals[rank] = { rank, values, resolve, reject };
        if (kind !== meeting.kind) {
          fail(new Error(`operation ${number}: expected ${meeting.kind}, got ${kind} of ${rank}`));
        }
        if (failure) reject(failure);
        else if (Object.keys(meeting.arrivals).length === count) finish(meeting, combine);
      });
    return {
      rank,
      count,
      sum: async (values) => {
        await meet(`sum of ${values.length} ${values.constructor.name}`, values, addUp);
      },
      sumParts: async (values, ends) => {
        const addUpParts = onParts(ends, (parts, r) => {
          parts[r].set(sumOf(parts));
        });
        await meet(`sum of parts up to ${ends.join()} of ${values.length}`, values, addUpParts);
      },
      gatherParts: async (values, ends) => {
        const spread = onParts(ends, (parts, r) => {
          for (const part of parts) part.set(parts[r]);
        });
        await meet(`gather of parts up to ${ends.join()} of ${values.length}`, values, spread);
      },
      broadcast: async (values) => {
        await meet(`broadcast of ${values.byteLength} bytes`, values, (arrays) => {
          const [first, ...others] = arrays.map(bytesOf);
          for (const each of others) each.set(first);
        });
      },
      gather: (bytes) => meet('gather', bytes),
      announce: () => undefined, // there is no timeout
      abort: (status) => {
        fail(new Error(`rank ${rank} ended all ranks with status ${status}`));
      },
      close: async () => {
        await meet('close', new Uint8Array(0));
      },
    };
  });
}

function finish({ arrivals }: Meeting, combine: Combine): void {
  const arrays = arrivals.map(({ values }) => values);
  const gathered = arrays.map((each) => bytesOf(each).slice());
  combine(arrays);
  for (const { resolve } of arrivals) resolve(gathered);
}

function addUp(arrays: ArrayBufferView[]): void {
  const sum = sumOf(arrays as Float32Array[]); // or doubles, the same on all ranks by the kind
  for (const each of arrays) (each as Float32Array).set(sum);
}

/**
 * Returns a function on the arrays of all ranks, which calls `work` once for each rank r, with part r of every array.
 */
function onParts(
  ends: readonly number[],
  work: (parts: Float32Array[], rank: number) => void,
): Combine {
  return (arrays) => {
    ends.forEach((end, rank) => {
      const start = rank === 0 ? 0 : ends[rank - 1];
      work(
        arrays.map((array) => (array as Float32Array).subarray(start, end)),
        rank,
      );
    });
  };
}

/** Returns the elementwise sum of arrays. The sum of each half of the list is computed first. */
function sumOf<T extends Float32Array | Float64Array>(arrays: readonly T[]): T {
  if (arrays.length === 1) return arrays[0];
  const half = arrays.length >> 1;
  const [a, b] = [sumOf(arrays.slice(0, half)), sumOf(arrays.slice(half))];
  return a.map((value, i) => value + b[i]) as T;
}

/** Returns the bytes of any array, without a copy. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
