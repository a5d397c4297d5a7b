import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder for corpora and token files: `$RAMBLE_CACHE`, else `$XDG_CACHE_HOME/ramble`, else
 * `~/.cache/ramble`.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (a relative path is ignored)
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { RAMBLE_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = environment;
  if (own !== '') return own;
  return join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'ramble');
}
