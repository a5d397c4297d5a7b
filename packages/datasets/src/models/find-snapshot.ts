import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

import { exists, readBytes } from '@ramble/files';

import { checkConfig, CONFIG_FILE } from './check-config.js';
import type { PublishedModel } from './models.js';

/** The folder in which Python's huggingface_hub keeps its downloads. */
export function hubCacheFolder({
  HF_HUB_CACHE,
  HF_HOME,
  XDG_CACHE_HOME,
}: NodeJS.ProcessEnv): string {
  if (HF_HUB_CACHE) return HF_HUB_CACHE;
  if (HF_HOME) return join(HF_HOME, 'hub');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface', 'hub');
}

/**
 * The folder of a model's commit in the user's cache of the Hub, where it is whole and its weights are
 * what their hash says.
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export async function findSnapshot(
  model: PublishedModel,
  hubCache: string,
): Promise<string | undefined> {
  const { repository, revision, sha256 } = model;
  const name = `models--${repository.replaceAll('/', '--')}`;
  const folder = join(hubCache, name, 'snapshots', revision);
  const [weights, settings] = ['model.safetensors', CONFIG_FILE].map((file) => join(folder, file));
  if (!(await exists(weights)) || !(await exists(settings))) return undefined;
  // A blob is named for its hash: of a big file the sha256.
  const expected = sha256 ?? basename(await realpath(weights));
  const isModel = describes(await readFile(settings, 'utf8'), model);
  return isModel && (await hashOf(weights)) === expected ? folder : undefined;
}

function describes(text: string, model: PublishedModel): boolean {
  try {
    checkConfig(model, text);
    return true;
  } catch {
    return false; // what is downloaded instead says more
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readBytes(path)) hash.update(chunk);
  return hash.digest('hex');
}
