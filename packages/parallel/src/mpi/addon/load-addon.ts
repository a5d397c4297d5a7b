import { fileURLToPath } from 'node:url';

import { loadBinary } from '@ramble/node/addon';

import { SOURCES_SHA256 } from './sources-sha256.gen.js';

/** What the binary exports. Operations run in the order of their calls, on a thread of their own. */
export interface Addon {
  /** Opens a library by path or name; returns what is wrong, or an empty text. */
  load(library: string): string;
  /** Whether nobody in this process was first: MPI starts once in a process. */
  take(): boolean;
  /** Joins the other ranks. An operation that takes longer than `timeoutSeconds` ends the process. */
  start(timeoutSeconds: number): Promise<Place>;
  /** What the library calls itself; known before `start`. */
  describe(): string;
  /** Whether the library can go on without some ranks. */
  canRecover(): boolean;
  /** Whether all ranks that are left say so; where one does not, operations of the others are rejected. */
  agree(isDone: boolean): Promise<boolean>;
  /** Leaves out the ranks that have ended. */
  shrink(): Promise<Place>;
  sum(values: Float32Array | Float64Array): Promise<void>;
  sumParts(values: Float32Array, ends: Float64Array): Promise<void>;
  gatherParts(values: Float32Array, ends: Float64Array): Promise<void>;
  broadcast(bytes: Uint8Array): Promise<void>;
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Says what the operations from here on are for, in at most 60 bytes of UTF-8. */
  announce(work: string): void;
  /** Ends the processes of all ranks. */
  abort(status: number): never;
  close(): Promise<void>;
}

/** This process among the others. */
interface Place {
  readonly rank: number;
  readonly count: number;
}

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Loads the addon, which opens no library yet.
 *
 * @throws Error that says why there is none.
 */
export function loadAddon(): Addon {
  return loadBinary({ folder: PACKAGE, made: [SOURCES_SHA256] }) as Addon; // its hash says so
}
