import { readFile } from 'node:fs/promises';

import { fileError } from '@ramble/files';

/** The content of a file as a whole; `-` is standard input. */
export async function readContent(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  if (path !== '-') {
    return readFile(path).catch((error: unknown) => {
      throw fileError(path, error);
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
