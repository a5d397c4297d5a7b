import { readFile } from 'node:fs/promises';

import { errorCode, fileError } from '@ramble/node';

import { RefusedError } from '../download/fetch-from.js';
import type { HubEnvironment } from './hub-environment.js';

/**
 * The user's token of the Hub: from the environment, else from the file in which `hf auth login` keeps it.
 *
 * @returns an empty text where there is none.
 * @throws Error that names the file when it cannot be read; RefusedError when a token cannot be sent.
 */
export async function hubToken({ token, tokenFile }: HubEnvironment): Promise<string> {
  if (token !== '' || tokenFile === undefined) return sendable('HF_TOKEN', token);
  try {
    return sendable(tokenFile, (await readFile(tokenFile, 'utf8')).trim());
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return '';
    throw fileError(tokenFile, error);
  }
}

/** fetch would show the token in its error. */
function sendable(name: string, token: string): string {
  if (/^[\x21-\x7e]*$/.test(token)) return token;
  throw new RefusedError(`${name}: expected a token such as hf_…, got other text`);
}
