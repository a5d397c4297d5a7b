import type { NativeOps } from './ops.gen.js';

/** Calls that the addon has read; it reads and writes arrays where they are: keep them as long as it. */
export type CallList = object & { readonly brand: 'CallList' };

/** A call of an op: its name, and its fields in their order. */
export type OpCall = readonly [name: string, values: readonly unknown[]];

/**
 * What the C++ addon can do: its ops, which are described beside their kernels (`cpp/**\/*.op.json`), and
 * what loading it needs.
 */
export interface Addon extends NativeOps {
  /** SHA-256 of the sources that the binary was built from, in hexadecimal. */
  readonly sourcesSha256: string;
  /** The instruction sets that this processor has, best first; the first is in use. */
  readonly instructionSets: () => string[];
  readonly useInstructionSet: (name: string) => boolean;
  readonly setThreads: (count: number) => void;
  /** Puts a new array into huge pages, which are read faster, where the system has them. */
  readonly useHugePages: (array: Float32Array, length: number) => void;
  /** The bytes from the beginning of a buffer's memory to that of a cache line, at most 63. */
  readonly bytesToLine: (buffer: ArrayBuffer) => number;
  /** Reads calls once, to be run again and again. */
  readonly prepareCalls: (
    names: readonly string[],
    values: readonly (readonly unknown[])[],
  ) => CallList;
  /** Replaces a call of a list. */
  readonly setCall: (list: CallList, index: number, ...call: OpCall) => void;
  readonly runCalls: (lists: readonly CallList[]) => void;
}
