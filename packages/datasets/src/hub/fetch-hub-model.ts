import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isObject, tryParseJson } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import type { DownloadOptions } from '../download/download-file.js';
import type { WaitOptions } from '../cache/cache-folder.js';
import { askHub, type AskHubOptions, hubError, type HubFile, type HubRepository } from './hub-api.js'; // prettier-ignore
import {
  cacheAdvice,
  checkCached,
  getFiles,
  type HubCache,
  hubCache,
  isCommit,
  namedChecksum,
} from './hub-cache.js';
import { type HubEnvironment, type HubName, isSafePath } from './hub-environment.js';

export interface HubModelOptions extends DownloadOptions, WaitOptions, AskHubOptions {
  /** Names of a tokenizer's files that are fetched, if the repository has them. */
  readonly companions?: readonly string[];
  /** Required SHA-256 of the file of weights. */
  readonly sha256?: string;
}

/** A model of the Hub on disk. */
export interface HubModel {
  /** The folder of the model's commit in the user's cache of the Hub, or a GGUF file in it. */
  readonly path: string;
  readonly commit: string;
  readonly licence?: string;
  /** SHA-256 of the weights, if they are a single file in Git LFS or Xet (large storage). */
  readonly sha256?: string;
}

/**
 * Returns a model in the user's cache of the Hub. Missing files are downloaded into it, in the layout of
 * Python's huggingface_hub, so that both programs find them. Every file is verified by the Hub's checksum, or
 * by the checksum in the name of its cached content. No downloaded file is executed.
 *
 * @throws Error with one sentence and advice.
 */
export async function fetchHubModel(name: HubName, options: HubModelOptions): Promise<HubModel> {
  const { hub, companions = [], sha256: expected } = options;
  const cache = hubCache(hub.cacheFolder, name);
  try {
    const repository = await askHub(name, cache, options);
    const { commit, chosen, sha256 } = repository
      ? await fromHub(name, cache, repository, options)
      : await fromCache(name, cache, { hub, companions });
    checkPin(name, expected, { commit, sha256 });
    const file = name.file === undefined ? undefined : chosen.weights;
    const licence = repository?.licence;
    return {
      path: join(cache.snapshot(commit), ...(file === undefined ? [] : [file])),
      commit,
      ...(licence !== undefined && { licence }),
      ...(sha256 !== undefined && { sha256 }),
    };
  } catch (error) {
    throw await hubError(name, error, hub);
  }
}

async function fromHub(
  name: HubName,
  cache: HubCache,
  repository: HubRepository,
  { hub, companions = [], sha256: expected, ...options }: HubModelOptions,
): Promise<CachedModel> {
  const { commit } = repository;
  const { shown } = name;
  const files = new Map(repository.files.map((file) => [file.path, file]));
  const fileOf = (path: string): HubFile => {
    const file = files.get(path);
    if (file && isSafePath(path)) return file;
    throw new Error(`${shown}: expected ${path} in the repository, got none`);
  };
  const chosen = chooseFiles(name.repository, [...files.keys()], { file: name.file, companions });
  const weights = chosen.weights === undefined ? undefined : fileOf(chosen.weights);
  const sha256 = weights?.checksum.sha256;
  checkPin(name, expected, { commit, sha256 }); // checked before anything is downloaded
  const url = `${hub.url}/${name.repository}/resolve/${commit}`;
  const get = (wanted: readonly HubFile[]): Promise<void> =>
    getFiles(cache, commit, wanted, { ...options, name: shown, url });
  await get(chosen.small.map(fileOf));
  const at = (path: string): string => join(cache.snapshot(commit), path);
  await get(weights ? [weights] : (await readWeightFiles(shown, at)).map(fileOf));
  await cache.keepCommit(name.revision, commit);
  return { commit, chosen, ...(sha256 !== undefined && { sha256 }) };
}

function checkPin(
  name: HubName,
  expected: string | undefined,
  { commit, sha256 = 'none' }: { readonly commit: string; readonly sha256?: string },
): void {
  if (expected === undefined || expected === sha256) return;
  throw new Error(`${name.shown}: expected sha256 ${expected} at ${commit}, got ${sha256}`);
}

/** Parts of a cached model that an import reads. */
interface CachedModel {
  readonly commit: string;
  readonly chosen: ChosenFiles;
  /** SHA-256 of the weights, if they are one file of large storage. */
  readonly sha256?: string;
}

/**
 * Finds a model in the user's cache without contacting the Hub. Files are verified by the checksums in the
 * names of their contents.
 *
 * @throws Error that names missing or damaged files, with advice.
 */
async function fromCache(
  name: HubName,
  cache: HubCache,
  { hub, companions }: { readonly hub: HubEnvironment; readonly companions: readonly string[] },
): Promise<CachedModel> {
  const { revision, shown } = name;
  const advice = cacheAdvice(hub.isOffline);
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
    await checkCached(at(path), advice);
  }
  const sha256 =
    chosen.weights === undefined ? undefined : (await namedChecksum(at(chosen.weights)))?.sha256;
  return { commit, chosen, ...(sha256 !== undefined && { sha256 }) };
}

const CONFIG_FILE = 'config.json';
const GENERATION_FILE = 'generation_config.json';
const WEIGHTS_FILE = 'model.safetensors';
/** Name of the index of weights in several files. */
const INDEX_FILE = 'model.safetensors.index.json';

/** Files to fetch from a repository: small files first, so that errors come early. */
interface ChosenFiles {
  readonly small: readonly string[];
  /** The file of all weights; undefined if `small` has the index of weights in several files. */
  readonly weights?: string;
}

/** Selection of a repository's files. If `file` is given, it selects a GGUF file instead of weights in safetensors. */
interface Wanted extends Pick<HubName, 'file'> {
  /** Names of a tokenizer's files; the repository may have some of them. */
  readonly companions: readonly string[];
  /** Location of the files, for error messages. */
  readonly place?: string;
}

/**
 * Chooses the files of a repository that an import reads. Programs and pickle files are never chosen.
 *
 * @param name - The repository, for error messages.
 * @param paths - Paths of all files of the repository.
 * @throws Error that lists the repository's files instead.
 */
function chooseFiles(
  name: string,
  paths: readonly string[],
  { file, companions, place = 'the repository' }: Wanted,
): ChosenFiles {
  if (file !== undefined) return { small: [], weights: chooseGguf(name, paths, file) };
  const present = new Set(paths);
  const weights = [WEIGHTS_FILE, INDEX_FILE].find((each) => present.has(each));
  if (!present.has(CONFIG_FILE) || weights === undefined) throw noWeights(name, paths, place);
  const small = [CONFIG_FILE, GENERATION_FILE, ...companions].filter((each) => present.has(each));
  const names = [...new Set(small)];
  return weights === INDEX_FILE ? { small: [...names, weights] } : { small: names, weights };
}

function ggufFiles(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => /\.gguf$/i.test(path));
}

/** Returns the GGUF file with the path `file`, or the only one whose name ends with that quantization (`Q8_0`). */
function chooseGguf(name: string, paths: readonly string[], file: string): string {
  const all = ggufFiles(paths);
  if (all.includes(file)) return file;
  const ending = `${file}.gguf`.toLowerCase();
  const matching = all.filter((path) =>
    ['-', '.', '_', '/'].some((before) => `/${path}`.toLowerCase().endsWith(before + ending)),
  );
  if (matching.length === 1) return matching[0];
  const got = matching.length > 1 ? shown(matching) : all.length > 0 ? shown(all) : 'no GGUF files';
  throw new Error(`${name}: expected one GGUF file for ${file}, got ${got}`);
}

function noWeights(name: string, paths: readonly string[], place: string): Error {
  const expected = `${name}: expected ${CONFIG_FILE} and ${WEIGHTS_FILE} in ${place}`;
  const gguf = ggufFiles(paths);
  if (gguf.length > 0) {
    return new Error(`${expected}, got GGUF files; name one: ${name}:${gguf[0]}${others(gguf)}`);
  }
  const pickle = paths.find((path) => /\.(?:bin|pt|pth|pkl)$/.test(path));
  if (pickle !== undefined) {
    return new Error(
      `${expected}, got ${pickle}, which may hold programs and is never read; find a repository of this model with safetensors`,
    );
  }
  return new Error(`${expected}, got ${paths.length > 0 ? shown(paths) : 'no files'}`);
}

const MAX_SHOWN = 8;

function shown(paths: readonly string[]): string {
  const more = paths.length - MAX_SHOWN;
  return paths.slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function others(paths: readonly string[]): string {
  return paths.length > 1 ? ` (or ${shown(paths.slice(1))})` : '';
}

/**
 * Reads the names of weight files from a model's index.
 *
 * @param name - The model, for error messages.
 * @param at - Returns the path on disk of the model's file with a given name.
 * @throws Error if the index is missing.
 */
async function readWeightFiles(
  name: string,
  at: (path: string) => string,
): Promise<readonly string[]> {
  const text = await readFile(at(INDEX_FILE), 'utf8').catch((error: unknown) => {
    throw fileError(at(INDEX_FILE), error);
  });
  const names = Object.values(weightMap(text));
  if (names.length === 0 || !names.every((each) => typeof each === 'string')) {
    throw new Error(`${name}: expected a list of weights in ${INDEX_FILE}, got none`);
  }
  return [...new Set(names)].sort();
}

function weightMap(text: string): Readonly<Record<string, unknown>> {
  const json = tryParseJson(text);
  return isObject(json) && isObject(json.weight_map) ? json.weight_map : {};
}
