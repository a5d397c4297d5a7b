import type { Ranks } from './ranks.js';

/** What the ranks bring to an operation, by rank. */
interface Meeting {
  readonly kind: string;
  readonly arrivals: Arrival[];
}

interface Arrival {
  readonly rank: number;
  readonly values: ArrayBufferView;
  readonly resolve: (gathered: Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Makes ranks that are trainings of one process, which take turns: each operation ends when all of them
 * have called it.
 *
 * @returns one for each training; their operations reject where ranks call different ones, and after an
 *   `abort`.
 */
export function inMemoryRanks(count: number): Ranks[] {
  const meetings: Meeting[] = [];
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { arrivals } of meetings) for (const { reject } of arrivals) reject(failure);
  };
  return Array.from({ length: count }, (_, rank): Ranks => {
    let calls = 0;
    const meet = (kind: string, values: ArrayBufferView): Promise<Uint8Array[]> =>
      new Promise((resolve, reject) => {
        const number = calls++;
        const meeting = (meetings[number] ??= { kind, arrivals: [] });
        meeting.arrivals[rank] = { rank, values, resolve, reject };
        if (kind !== meeting.kind) {
          fail(new Error(`operation ${number}: expected ${meeting.kind}, got ${kind} of ${rank}`));
        }
        if (failure) reject(failure);
        else if (Object.keys(meeting.arrivals).length === count) finish(meeting);
      });
    return {
      rank,
      count,
      sum: async (values) => {
        await meet(`sum of ${values.length} ${values.constructor.name}`, values);
      },
      broadcast: async (values) => {
        await meet(`broadcast of ${values.byteLength} bytes`, values);
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

function finish({ kind, arrivals }: Meeting): void {
  const bytes = arrivals.map(({ values }) => bytesOf(values));
  const gathered = bytes.map((each) => each.slice());
  if (kind.startsWith('sum')) {
    const sums = bytesOf(sumOf(arrivals.map(({ values }) => values as Float32Array)));
    for (const each of bytes) each.set(sums);
  } else if (kind.startsWith('broadcast')) {
    for (const each of bytes) each.set(gathered[0]);
  }
  for (const { resolve } of arrivals) resolve(gathered);
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
