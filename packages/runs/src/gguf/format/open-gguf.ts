import type { ByteSource } from '@ramble/core/files';
import { named } from '@ramble/core/files';

import { type GgufHeader, type GgufTensor, readGgufHeader } from './gguf-header.js';
import { headerCursor, HeaderGoesOn, type Metadata, rowBytes } from './metadata.js';

/** Bytes of a file to read for its header: the first number, then the next ones while that is too short. */
const HEADER_BYTES = [2 ** 22, 2 ** 25, 2 ** 28];
const PIECE_BYTES = 2 ** 22;

/** An open GGUF file, whose tensors are read on request. */
export interface Gguf {
  /** Name of the file, for error messages. */
  readonly name: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /**
   * Reads a tensor's blocks without a change, in pieces of a few megabytes. A piece is valid until the next but
   * one is requested.
   *
   * @param unitRows - Number of rows that must stay together: the rows of a piece are a multiple of it.
   * @throws RangeError when there is no such tensor.
   */
  rows(name: string, unitRows?: number): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Opens a GGUF file of version 2 or 3: reads and checks all that comes before the data.
 *
 * @throws TypeError or RangeError that names the file, and the key or the tensor, when anything is not
 *   as the format wants it.
 */
export async function openGguf(source: ByteSource): Promise<Gguf> {
  const { metadata, tensors, dataStart } = await readHeader(source);
  const entries = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  async function* rows(name: string, unitRows = 1): ReturnType<Gguf['rows']> {
    const tensor = entries.get(name);
    if (!tensor) throw new RangeError(`${source.name}: expected a tensor ${name}, got none`);
    const unitBytes = unitRows * rowBytes(tensor.type, tensor.shape[tensor.shape.length - 1]);
    const pieceBytes = unitBytes * Math.max(1, Math.floor(PIECE_BYTES / unitBytes));
    const memories = [0, 1].map(() => new Uint8Array(Math.min(pieceBytes, sizeOf(tensor))));
    for (let at = tensor.start, turn = 0; at < tensor.end; at += pieceBytes, turn = 1 - turn) {
      const length = Math.min(pieceBytes, tensor.end - at);
      yield await source.read(dataStart + at, length, memories[turn]);
    }
  }
  return { name: source.name, metadata, tensors: entries, rows };
}

function sizeOf({ start, end }: GgufTensor): number {
  return end - start;
}

async function readHeader(source: ByteSource): Promise<GgufHeader> {
  const { name, sizeBytes } = source;
  for (const bytes of HEADER_BYTES) {
    const head = await source.read(0, Math.min(bytes, sizeBytes));
    try {
      return named(name, () => readGgufHeader(headerCursor(head, sizeBytes), sizeBytes));
    } catch (error) {
      if (!(error instanceof HeaderGoesOn)) throw error;
    }
  }
  throw new RangeError(
    `${name}: expected a header of at most ${HEADER_BYTES.at(-1)} bytes, got more`,
  );
}
