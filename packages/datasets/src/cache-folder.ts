import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { shownValue } from '@ramble/core/files';

/**
 * The folder for corpora and token files: `$RAMBLE_CACHE`, else `$XDG_CACHE_HOME/ramble`, else
 * `~/.cache/ramble`.
 *
 * @throws Error where there is no home folder either.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (a relative path is ignored)
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { RAMBLE_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = environment;
  if (own !== '') return own;
  return join(isAbsolute(shared) ? shared : join(homeFolder(), '.cache'), 'ramble');
}

/**
 * Returns `$HOME`, or the user's home folder where that is empty or relative: the cache would be in the
 * current folder.
 *
 * @throws Error where the system knows none, as for a user without an entry in a container.
 */
export function homeFolder(home = homedir(), known = knownHome): string {
  const folder = isAbsolute(home) ? home : known();
  if (isAbsolute(folder)) return folder;
  throw new Error(
    `HOME: expected the absolute path of a home folder, which holds the cache, got ${shownValue(home)}`,
  );
}

function knownHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}
