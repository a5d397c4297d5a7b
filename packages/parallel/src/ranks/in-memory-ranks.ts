import type { Ranks } from './ranks.js';

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

/** Changes the arrays of an operation, by rank, in place. */
type Combine = (arrays: ArrayBufferView[]) => void;

/**
 * Makes ranks that are trainings in one process. They take turns: each operation ends when all of them have
 * called it.
 *
 * @returns one for each training. Their operations reject if ranks call different ones, and after an `abort`.
 */
export function inMemoryRanks(count: number): Ranks[] {
  const meetings: Meeting[] = [];
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    const reason = (failure ??= error);
    // Some may not have arrived, so that there are holes.
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
      announce: () => undefined, // nobody waits too long
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
  const sum = sumOf(arrays as Float32Array[]); // or doubles, as the kind says on all ranks
  for (const each of arrays) (each as Float32Array).set(sum);
}

/** Works on the arrays' parts of each rank. */
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

/** The sum of arrays, whose halves are added up first. */
function sumOf<T extends Float32Array | Float64Array>(arrays: readonly T[]): T {
  if (arrays.length === 1) return arrays[0];
  const half = arrays.length >> 1;
  const [a, b] = [sumOf(arrays.slice(0, half)), sumOf(arrays.slice(half))];
  return a.map((value, i) => value + b[i]) as T;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
