import { cacheFolder as defaultCacheFolder } from '../lock/with-lock.js';
import { environmentFetch } from '../download/environment-fetch.js';
import { listCorpora } from './corpora.js';
import type { Corpus } from './corpus.js';
import { fetchCorpus, type CorpusFiles, type FetchCorpusOptions } from './fetch-corpus.js';

export interface GetCorpusOptions extends Partial<FetchCorpusOptions> {
  /**
   * Variables of the environment: the cache folder, proxies, `HF_TOKEN`, and variables of npm and
   * apt-get.
   */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Gets a corpus by its name: from the cache, else from its publisher, verified.
 *
 * @throws RangeError if no corpus has that name; Error if it cannot be had or its content changed.
 */
export async function getCorpus(
  name: string,
  { environment = process.env, cacheFolder, ...options }: GetCorpusOptions = {},
): Promise<CorpusFiles> {
  return fetchCorpus(findCorpus(name), {
    fetch: environmentFetch(environment),
    ...options,
    environment,
    cacheFolder: cacheFolder ?? defaultCacheFolder(environment),
  });
}

function findCorpus(name: string): Corpus {
  const corpus = listCorpora().find((each) => each.name === name);
  if (corpus !== undefined) return corpus;
  const names = listCorpora().map((each) => each.name);
  throw new RangeError(`corpus: expected one of ${names.join(', ')}, got ${name}`);
}
