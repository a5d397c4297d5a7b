import { fetchFrom, type FetchOptions } from './fetch-from.js';

/** More than any listing of a repository or a package has. */
const MAX_BYTES = 2 ** 25;

/**
 * Fetches a small text from the web.
 *
 * @param name - For error messages.
 * @throws Error when it cannot be had, or is not small.
 */
export async function fetchText(name: string, url: string, options: FetchOptions): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const { bytes } of fetchFrom(name, url, 0, options)) {
    size += bytes.length;
    if (size > MAX_BYTES)
      throw new Error(`${name}: expected a small file from ${url}, got a larger one`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString('utf8');
}
