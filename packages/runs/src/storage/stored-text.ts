import type { ByteSource } from '@ramble/core/files';
import { type JsonObject, named, parseObject } from '@ramble/core/files';

import { type RunStorage, withFile } from './run-storage.js';

/**
 * A text file as a whole.
 *
 * @param maxBytes - Files from strangers may be of any size: a larger one is not read.
 * @throws RangeError if it is larger; TypeError if it is not UTF-8; Error if it does not exist.
 */
export function readText(
  storage: Pick<RunStorage, 'open'>,
  path: string,
  maxBytes: number,
): Promise<string> {
  return withFile(storage, path, async (file) => {
    const bytes = await readWhole(file, maxBytes);
    return named(file.name, () => decodeUtf8(bytes));
  });
}

/**
 * Reads all bytes of a file, up to a maximum.
 *
 * @throws RangeError when the file is larger than that.
 */
export async function readWhole(file: ByteSource, maxBytes: number): Promise<Uint8Array> {
  const { name, sizeBytes } = file;
  if (sizeBytes <= maxBytes) return file.read(0, sizeBytes);
  throw new RangeError(`${name}: expected at most ${maxBytes} bytes, got ${sizeBytes}`);
}

/**
 * Reads the JSON object in a file of a run.
 *
 * @throws as `readText`, and TypeError when the file holds no JSON object.
 */
export function readJson(
  storage: Pick<RunStorage, 'name' | 'open'>,
  path: string,
): Promise<JsonObject> {
  return withFile(storage, path, readJsonFile);
}

/**
 * Reads the JSON object in a file.
 *
 * @throws RangeError or TypeError that names the file, when it holds no JSON object.
 */
export async function readJsonFile(file: ByteSource): Promise<JsonObject> {
  const bytes = await readWhole(file, 2 ** 20); // settings take a few kilobytes
  return named(file.name, () => parseObject(decodeUtf8(bytes)));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TypeError('expected text in UTF-8', { cause: error });
  }
}
