import type { NativeOps } from './ops.gen.js';

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
}
