import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import type { TokenSource } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import {
  decodeHeader,
  START_BYTES,
  TOKEN_BYTES,
  type TokenFileHeader,
  type TokenFileInfo,
} from './write-token-file.js';

/** Positions at which documents begin in a sequence of tokens. */
export interface DocumentStarts {
  /** Number of documents. */
  readonly count: number;
  /**
   * Returns the start of a document.
   *
   * @returns the index of the document's first token; 0 for the first document.
   * @throws RangeError if the document does not exist.
   */
  start(document: number): Promise<number>;
}

/** An open file with tokens. */
export interface TokenFile extends TokenSource {
  readonly info: TokenFileInfo;
  readonly documents: DocumentStarts;
  /** Closes the file. Later reads fail. */
  close(): Promise<void>;
}

/**
 * Opens a token file for reading at constant memory: only the header is kept.
 *
 * Reads are synchronous. A window from the system's page cache takes a few microseconds, while a read in
 * Node's thread pool takes tens.
 *
 * @throws Error that names the file if it is missing, of another kind or version, or incomplete.
 */
export async function openTokenFile(path: string): Promise<TokenFile> {
  const handle = await open(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    return await readTokenFile(path, handle);
  } catch (error) {
    await handle.close();
    throw fileError(path, error);
  }
}

async function readTokenFile(path: string, handle: FileHandle): Promise<TokenFile> {
  const { size } = await handle.stat();
  const { header, tokensAt } = await decodeHeader(path, async (offset, lengthBytes) => {
    const buffer = Buffer.alloc(Math.min(lengthBytes, Math.max(0, size - offset)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  });
  const { dtype, count, documents, ...info } = header;
  const startsAt = tokensAt + count * TOKEN_BYTES[dtype];
  const sizeBytes = startsAt + documents * START_BYTES;
  if (size !== sizeBytes) throw new Error(`${path}: expected ${sizeBytes} bytes, got ${size}`);

  let isOpen = true;
  const view = (offset: number, lengthBytes: number): DataView => {
    if (!isOpen) throw new Error(`${path}: expected an open file, got a closed one`);
    return readView(path, handle.fd, offset, lengthBytes);
  };
  return {
    info,
    length: count,
    read: (start, n) =>
      promised(() => {
        checkRange(start, n, count);
        const bytes = TOKEN_BYTES[dtype];
        return toIds(view(tokensAt + start * bytes, n * bytes), dtype);
      }),
    documents: {
      count: documents,
      start: (document) =>
        promised(() => {
          checkDocument(document, documents);
          return Number(view(startsAt + document * START_BYTES, START_BYTES).getBigUint64(0, true));
        }),
    },
    close: async () => {
      isOpen = false;
      await handle.close();
    },
  };
}

/** Runs a function synchronously; an error becomes a rejection. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function readView(path: string, fd: number, offset: number, lengthBytes: number): DataView {
  const bytes = new Uint8Array(lengthBytes);
  let done = 0;
  while (done < lengthBytes) {
    const read = readSync(fd, bytes, done, lengthBytes - done, offset + done);
    if (read === 0)
      throw new Error(
        `${path}: expected the file to keep its size, got its end early: another program shortened it`,
      );
    done += read;
  }
  return new DataView(bytes.buffer);
}

function toIds(view: DataView, dtype: TokenFileHeader['dtype']): Int32Array {
  const ids = new Int32Array(view.byteLength / TOKEN_BYTES[dtype]);
  if (dtype === 'uint16') {
    for (let i = 0; i < ids.length; i++) ids[i] = view.getUint16(2 * i, true);
  } else {
    for (let i = 0; i < ids.length; i++) ids[i] = view.getUint32(4 * i, true);
  }
  return ids;
}

/**
 * Checks that a source of `length` tokens has the wanted range.
 *
 * @throws RangeError if it lacks some of it.
 */
export function checkRange(start: number, count: number, length: number): void {
  const isRange = Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0;
  if (isRange && start + count <= length) return;
  throw new RangeError(
    `tokens: expected ${count} from position ${start}, got a source of ${length} tokens`,
  );
}

function checkDocument(document: number, count: number): void {
  if (Number.isInteger(document) && document >= 0 && document < count) return;
  throw new RangeError(`document: expected 0 to ${count - 1}, got ${document}`);
}
