import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { loadBinary } from '@ramble/node/addon';

import { namedOps, type NativeOps, OPS_SHA256, type PositionalOps } from './ops.gen.js';
import { SOURCES_SHA256 } from './sources-sha256.gen.js';

const MAX_THREADS = 256;
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** Exports of the binary: the addon's functions, with positional arguments for ops. */
type Exports = Omit<Addon, keyof PositionalOps> & PositionalOps;

export type Environment = Readonly<
  Partial<Record<'RAMBLE_NATIVE' | 'RAMBLE_THREADS' | 'RAMBLE_ISA', string>>
>;

/**
 * Loads the addon, with the threads and the instruction set of the environment:
 *
 * - `RAMBLE_NATIVE`: path of a binary to load instead of the package's own. It needs no manifest, because
 *   whoever can set the variable can run code anyway.
 * - `RAMBLE_THREADS`: number of threads.
 * - `RAMBLE_ISA`: instruction set to use instead of the best one.
 *
 * @param folder - The package's folder, which contains the binaries.
 * @throws Error with the reason if no binary loads, or with the name of a wrong variable.
 */
export function loadAddon(environment: Environment, folder = PACKAGE): Addon {
  const threads = threadsOf(environment.RAMBLE_THREADS);
  const addon = findAddon(environment.RAMBLE_NATIVE, folder);
  addon.setThreads(threads);
  const wanted = environment.RAMBLE_ISA ?? addon.instructionSets()[0];
  if (!addon.useInstructionSet(wanted)) {
    const known = addon.instructionSets().join(', ');
    throw new RangeError(`RAMBLE_ISA: expected one of ${known}, got ${wanted}`);
  }
  return addon;
}

function threadsOf(text: string | undefined): number {
  if (text === undefined) return Math.min(availableParallelism(), MAX_THREADS);
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_THREADS) return count;
  throw new RangeError(`RAMBLE_THREADS: expected an integer from 1 to ${MAX_THREADS}, got ${text}`);
}

function findAddon(override: string | undefined, folder: string): Addon {
  const made = [SOURCES_SHA256, OPS_SHA256];
  const exports = loadBinary({ name: '@ramble/native', folder, made, override }) as Exports;
  return { ...exports, ...namedOps(exports) };
}

/**
 * Prepared calls. The addon reads and writes their arrays in place, so arrays must stay in memory as long as
 * the calls.
 */
export type CallList = object & { readonly brand: 'CallList' };

/** A call of an op of the addon: the name of the op, and its arguments in order. */
export type OpCall = readonly [name: string, values: readonly unknown[]];

/**
 * Functions of the C++ addon: its ops, which are described next to their kernels (`cpp/**\/*.op.json`), and the
 * functions that loading it needs.
 */
export interface Addon extends NativeOps {
  /** SHA-256 of the sources from which the binary was built, in hexadecimal. */
  readonly sourcesSha256: string;
  /** Returns the instruction sets of this processor, best first. The first is in use by default. */
  readonly instructionSets: () => string[];
  readonly useInstructionSet: (name: string) => boolean;
  readonly setThreads: (count: number) => void;
  /** Moves a new array to huge pages, which are read faster, if the system has them. */
  readonly useHugePages: (array: Float32Array, length: number) => void;
  /** Returns the number of bytes from the beginning of a buffer's memory to the next cache line, at most 63. */
  readonly bytesToLine: (buffer: ArrayBuffer) => number;
  /** Prepares calls that are run many times. */
  readonly prepareCalls: (
    names: readonly string[],
    values: readonly (readonly unknown[])[],
  ) => CallList;
  /** Replaces the call at an index of prepared calls. */
  readonly setCall: (list: CallList, index: number, ...call: OpCall) => void;
  readonly runCalls: (lists: readonly CallList[]) => void;
}
