import { join } from 'node:path';

import type { WaitOptions } from '../cache/cache-folder.js';
import type { DownloadOptions } from '../download/download-file.js';
import { askHub, hubError, type HubRepository, readRepository } from './hub-api.js';
import {
  cacheAdvice,
  checkCached,
  getFiles,
  type HubCache,
  hubCache,
  isCommit,
} from './hub-cache.js';
import {
  CONVERTED,
  environmentFetch,
  groups,
  type HubEnvironment,
  hubEnvironment,
  type HubVersion,
  isRepository,
  isSafePath,
  MAIN,
} from './hub-environment.js';

/** A split of a data set on the Hub: `hf://datasets/owner/name@revision/config:split`. */
interface HubDataName extends HubVersion {
  /** Configuration; undefined if the name has none. */
  readonly config?: string;
  readonly split: string;
}

/** A split of a data set on disk. */
export interface HubData {
  /** Name with the commit and the configuration, by which the same files are found again. */
  readonly name: string;
  /** Paths of its Parquet files, in order. */
  readonly paths: readonly string[];
  readonly licence?: string;
}

export interface HubDataOptions extends DownloadOptions, WaitOptions {
  /** Environment variables, which have huggingface_hub's names; default: `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Called with facts that the user should know, such as a part that the Hub has not converted. */
  readonly onNote?: (note: string) => void;
}

const SCHEME = 'hf://datasets/';
const FORM = `${SCHEME}owner/name:split`;

/** Whether a word names a data set on the Hub. */
export function isHubDataName(word: string): boolean {
  return word.startsWith('hf://');
}

const PATTERN =
  /^([^/@:]+\/[^/@:]+)(?:@(refs\/(?:convert|pr)\/[^/@:]+|[^/@:]+))?(?:\/([^@:]+))?(?::([^/@:]+))?$/;

/**
 * Parses the name of a split of a data set on the Hub.
 *
 * @throws RangeError with an example of a name.
 */
function parseName(word: string): HubDataName {
  const rest = word.startsWith(SCHEME) ? word.slice(SCHEME.length) : '';
  const [, repository = '', at, config, split = 'train'] = groups(PATTERN, rest);
  const revision = at?.replaceAll('%2F', '/') ?? CONVERTED;
  if (!isRepository(repository) || ![revision, config ?? '-', split].every(isSafePath)) {
    throw new RangeError(
      `data: expected ${FORM}, with @revision or /configuration before the colon if needed, got ${word}`,
    );
  }
  const named = { repository, revision, split, ...(config !== undefined && { config }) };
  return { kind: 'datasets', shown: word, ...named };
}

/**
 * Returns a split of a data set in the user's cache of the Hub. Missing Parquet files are downloaded into it, and
 * their checksums are verified. Without a revision, these are the files to which the Hub converted the data set.
 *
 * @param word - Name: `hf://datasets/owner/name@revision/config:split`. The split is `train` unless given.
 * @throws RangeError if no data set can have the name; Error with one sentence and advice.
 */
export async function fetchHubData(
  word: string,
  { environment = process.env, ...given }: HubDataOptions = {},
): Promise<HubData> {
  const name = parseName(word);
  const hub = hubEnvironment(environment);
  const options = { fetch: environmentFetch(environment), ...given, hub };
  const cache = hubCache(hub.cacheFolder, name);
  try {
    const repository = await askHub(name, cache, options);
    const found = repository
      ? await fromHub(name, cache, repository, options)
      : await fromCache(name, cache, hub);
    const { commit, config, files, licence } = found;
    if (files.some(({ isPart }) => isPart)) {
      given.onNote?.(`${word}: the Hub has converted the first part of this split only`);
    }
    return {
      name: `${SCHEME}${name.repository}@${commit}/${config}:${name.split}`,
      paths: files.map(({ path }) => join(cache.snapshot(commit), path)),
      ...(licence !== undefined && { licence }),
    };
  } catch (error) {
    throw await hubError(name, error, hub);
  }
}

interface FoundSplit {
  readonly commit: string;
  readonly config: string;
  readonly files: readonly SplitFile[];
  readonly licence?: string;
}

async function fromHub(
  name: HubDataName,
  cache: HubCache,
  repository: HubRepository,
  { hub, ...options }: DownloadOptions & WaitOptions & { readonly hub: HubEnvironment },
): Promise<FoundSplit> {
  const { commit } = repository;
  const files = new Map(repository.files.map((file) => [file.path, file]));
  const chosen = chooseSplit(name, [...files.keys()]);
  const url = `${hub.url}/datasets/${name.repository}/resolve/${commit}`;
  // The first file comes last, so that a cache that has it has the whole split.
  const wanted = chosen.files.flatMap(({ path }) => files.get(path) ?? []).reverse();
  await getFiles(cache, commit, wanted, { ...options, name: name.shown, url });
  await cache.keepCommit(name.revision, commit);
  // The converted branch has no description of the data set.
  const licence = repository.licence ?? (await licenceOf(name, hub, options));
  return { commit, ...chosen, ...(licence !== undefined && { licence }) };
}

/** Returns the licence on the default branch of a data set; `undefined` if the Hub does not name one. */
async function licenceOf(
  name: HubDataName,
  hub: HubEnvironment,
  options: DownloadOptions,
): Promise<string | undefined> {
  if (name.revision !== CONVERTED) return undefined;
  const described = readRepository({ ...name, revision: MAIN }, hub.url, options);
  return (await described.catch(() => undefined))?.licence;
}

/**
 * Finds a split in the user's cache without contacting the Hub.
 *
 * @throws Error that names missing or damaged files, with advice.
 */
async function fromCache(
  name: HubDataName,
  cache: HubCache,
  { isOffline, cacheFolder }: HubEnvironment,
): Promise<FoundSplit> {
  const advice = cacheAdvice(isOffline);
  const { revision, shown } = name;
  const commit = isCommit(revision) ? revision : await cache.commitOf(revision);
  const paths = commit === undefined ? [] : await cache.list(commit);
  if (commit === undefined || !paths.some((path) => splitFile(path))) {
    throw new Error(`${shown}: the data set is not in ${cacheFolder}; ${advice}`);
  }
  const found = chooseSplit(name, paths);
  const [{ number, count }] = found.files;
  if (number !== 0 || count > found.files.length) {
    throw new Error(`${shown}: some of its files are not in ${cacheFolder}; ${advice}`);
  }
  for (const { path } of found.files) await checkCached(join(cache.snapshot(commit), path), advice);
  return { commit, ...found };
}

/** A Parquet file of a split. */
interface SplitFile {
  readonly path: string;
  readonly config: string;
  readonly split: string;
  /** Index of the file in the split, from 0. */
  readonly number: number;
  /** Number of files of the split: 2 for `train-00000-of-00002`. 0 if the file's name does not contain it. */
  readonly count: number;
  /** Whether the Hub converted only the beginning of the split to Parquet. */
  readonly isPart: boolean;
}

const DEFAULT = 'default';

/**
 * Reads the configuration and the split of a Parquet file from its path: `config/train/0000.parquet`, as the Hub
 * converts, `config/train-00000-of-00002.parquet` and `data/train-…`, as people upload, or `train.parquet`.
 *
 * @returns undefined for another file.
 */
function splitFile(path: string): SplitFile | undefined {
  const folders = path.split('/');
  const [, base] = groups(/^(.+)\.parquet$/i, folders.pop() ?? '');
  if (base === undefined) return undefined;
  if (folders[0] === 'data') folders.shift();
  const [, split, index, total] = groups(/^(.+)-(\d{5})-of-(\d{5})(?:-\w+)?$/, base);
  const isNumber = /^\d+$/.test(base) && folders.length > 0;
  const named = split ?? (isNumber ? folders.pop() : undefined) ?? base;
  const config = folders.length > 0 ? folders.join('/') : DEFAULT;
  const isPart = named.startsWith('partial-');
  return {
    path,
    config,
    split: isPart ? named.slice('partial-'.length) : named,
    number: isNumber ? Number(base) : Number(index ?? 0),
    count: Number(total ?? 0),
    isPart,
  };
}

/**
 * Chooses the files of a split.
 *
 * @throws Error that lists the configurations or the splits instead.
 */
function chooseSplit(
  { shown, repository, revision, config, split }: HubDataName,
  paths: readonly string[],
): Pick<FoundSplit, 'config' | 'files'> {
  const all = paths.flatMap((path) => (isSafePath(path) ? (splitFile(path) ?? []) : []));
  if (all.length === 0) {
    const hint = revision === CONVERTED ? '' : `; without @${revision}, the Hub's own are used`;
    throw new Error(`${shown}: the data set has no Parquet files${hint}`);
  }
  const configs = [...new Set(all.map((file) => file.config))].sort();
  const chosen = config ?? (configs.length === 1 ? configs[0] : DEFAULT);
  const files = all.filter((file) => file.config === chosen);
  if (files.length === 0) {
    const example = `${SCHEME}${repository}/${configs[0]}:${split}`;
    throw new Error(
      `${shown}: expected one of its configurations ${configs.join(', ')}, got ${config ?? 'none'}; for example ${example}`,
    );
  }
  const own = files.filter((file) => file.split === split).sort((a, b) => a.number - b.number);
  if (own.length > 0) return { config: chosen, files: own };
  const splits = [...new Set(files.map((file) => file.split))].sort().join(', ');
  throw new Error(`${shown}: expected one of its splits ${splits}, got ${split}`);
}
