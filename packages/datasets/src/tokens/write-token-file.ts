import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { readBytes, withTemporary, writeWhole } from '@ramble/node';

import { integerWriter } from './integer-writer.js';
import { dtypeFor, encodeHeader, type TokenFileInfo } from './token-file-header.js';

/** The next stretch of a document, in order; a document is one piece or several. */
export interface TokenPiece {
  readonly tokens: ArrayLike<number>;
  /** True for the last piece of a document. */
  readonly endsDocument: boolean;
}

/**
 * Writes tokens to a file that `openTokenFile` reads, at constant memory: uint16 for vocabularies up
 * to 65,536, else uint32. Whatever moment the power goes, there is the whole file or none.
 *
 * @param pieces - the last one need not end its document; a document without tokens is none
 * @throws RangeError when an id is not below `info.vocabSize`.
 */
export async function writeTokenFile(
  path: string,
  info: TokenFileInfo,
  pieces: AsyncIterable<TokenPiece>,
): Promise<void> {
  await writeWhole(path, (handle) =>
    // Tokens come before the documents' starts in the file, so these wait in one of their own.
    withTemporary(dirname(path), async (startsPath) => {
      const starts = await open(startsPath, 'w');
      try {
        await handle.writeFile(encodeHeader(info, 0, 0));
        const [count, documents] = await writeTokens(handle, starts, info.vocabSize, pieces);
        for await (const chunk of readBytes(startsPath)) await handle.writeFile(chunk);
        const header = encodeHeader(info, count, documents);
        await handle.write(header, 0, header.length, 0);
      } finally {
        await starts.close();
      }
    }),
  );
}

/** @returns the numbers of tokens and of documents. */
async function writeTokens(
  handle: FileHandle,
  startsHandle: FileHandle,
  vocabSize: number,
  pieces: AsyncIterable<TokenPiece>,
): Promise<[count: number, documents: number]> {
  const tokens = integerWriter(handle, dtypeFor(vocabSize));
  const starts = integerWriter(startsHandle, 'uint64');
  let [count, documents] = [0, 0];
  let begins = true;
  for await (const piece of pieces) {
    checkIds(piece.tokens, vocabSize, count);
    if (begins && piece.tokens.length > 0) {
      await starts.append([count]);
      documents++;
      begins = false;
    }
    await tokens.append(piece.tokens);
    count += piece.tokens.length;
    begins ||= piece.endsDocument;
  }
  await tokens.flush();
  await starts.flush();
  return [count, documents];
}

function checkIds(ids: ArrayLike<number>, vocabSize: number, before: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
    throw new RangeError(
      `tokens: expected ids from 0 to ${vocabSize - 1}, got ${id} at position ${before + i}`,
    );
  }
}
