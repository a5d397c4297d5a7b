import { join } from 'node:path';

import { type ChosenFiles, chooseFiles } from './choose-files.js';
import { isIntact } from '../download/is-intact.js';
import { type HubCache, isCommit, namedChecksum } from './hub-cache.js';
import type { HubEnvironment } from './hub-environment.js';
import { type HubName, shownHubName } from './hub-name.js';
import { readWeightFiles } from './weight-files.js';

/** What an import reads of a model in the cache. */
export interface CachedModel {
  readonly commit: string;
  readonly chosen: ChosenFiles;
  /** SHA-256 of the weights, where they are one file of large storage. */
  readonly sha256?: string;
}

/**
 * Finds a model in the user's cache without asking the Hub. Files are verified by the checksums in the
 * names of their contents.
 *
 * @throws Error that says what is missing or damaged, and what to do.
 */
export async function fromCache(
  name: HubName,
  cache: HubCache,
  { hub, companions }: { readonly hub: HubEnvironment; readonly companions: readonly string[] },
): Promise<CachedModel> {
  const { revision } = name;
  const shown = shownHubName(name);
  const advice = hub.isOffline
    ? 'unset HF_HUB_OFFLINE to download it'
    : 'run this again where the Hub can be reached';
  const missing = (what: string): Error =>
    new Error(`${shown}: expected ${what} in ${hub.cacheFolder}, got none; ${advice}`);
  const commit = isCommit(revision) ? revision : await cache.commitOf(revision);
  const paths = commit === undefined ? [] : await cache.list(commit);
  if (commit === undefined || paths.length === 0) throw missing('the model');
  const at = (path: string): string => join(cache.snapshot(commit), path);
  const place = hub.cacheFolder;
  const chosen = chooseFiles(name.repository, paths, { file: name.file, companions, place });
  const weights =
    chosen.weights === undefined ? await readWeightFiles(shown, at) : [chosen.weights];
  for (const path of [...chosen.small, ...weights]) {
    if (!paths.includes(path)) throw missing(path);
    const checksum = await namedChecksum(at(path)).catch(() => undefined); // a link to nothing
    if (checksum === undefined) continue;
    if (!(await isIntact(at(path), checksum))) {
      throw new Error(`${at(path)}: expected an intact file, got a damaged one; ${advice}`);
    }
  }
  const sha256 =
    chosen.weights === undefined ? undefined : (await namedChecksum(at(chosen.weights)))?.sha256;
  return { commit, chosen, ...(sha256 !== undefined && { sha256 }) };
}
