import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { errorCode } from '@ramble/node';

import { cacheFolder as defaultCacheFolder } from '../cache-folder.js';
import { openTokenFile, type TokenFile } from './open-token-file.js';
import type { TokenFileInfo } from './token-file-header.js';
import { writeTokenFile, type TokenPiece } from './write-token-file.js';

export interface CachedTokensOptions {
  /** `cacheFolder()` unless given; the file goes into `tokens/` in it. */
  readonly cacheFolder?: string;
  /** Anything else that the tokens depend on; equal words mean equal tokens. */
  readonly variant?: string;
}

/**
 * Opens the token file of this data, tokenizer and variant in the cache, or writes it first.
 *
 * @param pieces - read only when there is no such file yet
 * @returns the open file; the caller closes it.
 */
export async function cachedTokens(
  info: TokenFileInfo,
  pieces: AsyncIterable<TokenPiece>,
  { cacheFolder = defaultCacheFolder(), variant = '' }: CachedTokensOptions = {},
): Promise<TokenFile> {
  const { vocabSize, tokenizerFingerprint, dataSha256 } = info;
  const key = createHash('sha256')
    .update(JSON.stringify([vocabSize, tokenizerFingerprint, dataSha256, variant]))
    .digest('hex');
  const path = join(cacheFolder, 'tokens', `${key.slice(0, 32)}.tokens`);
  // A file that is damaged or of another version is as good as none: it is written anew.
  const known = await openTokenFile(path).catch(() => undefined);
  if (known !== undefined) return known;
  try {
    await writeTokenFile(path, info, pieces);
  } catch (error) {
    throw ofCache(path, error);
  }
  return openTokenFile(path);
}

/** Says what to do where the cache cannot be written; what is wrong with the data comes back as it is. */
function ofCache(path: string, error: unknown): unknown {
  const { cause, message } = error instanceof Error ? error : { cause: undefined, message: '' };
  if (errorCode(cause) === undefined || !message.startsWith(`${path}: `)) return error;
  return new Error(`${message}; RAMBLE_CACHE names another folder for the cache`, { cause });
}
