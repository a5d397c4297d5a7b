import { readFile } from 'node:fs/promises';

import { isObject, messageOf, tryParseJson } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import type { Checksum } from '../download/download-file.js';
import { type FetchOptions, fetchText, RefusedError } from '../download/fetch-from.js';
import { type HubName, shownHubName } from './hub-environment.js';

/** A file of a repository. */
export interface HubFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 for a file in Git LFS or Xet (large storage), else git's SHA-1. */
  readonly checksum: Checksum;
}

/** A commit of a repository, as the Hub describes it. */
export interface HubRepository {
  readonly commit: string;
  readonly files: readonly HubFile[];
  readonly licence?: string;
}

/**
 * Requests a repository's commit and files from the Hub, in one request.
 *
 * @param url - URL of the Hub.
 * @throws RefusedError if the Hub refuses; Error if it cannot be reached or its response is invalid.
 * @see https://huggingface.co/docs/hub/api
 */
export async function readRepository(
  name: HubName,
  url: string,
  options: FetchOptions,
): Promise<HubRepository> {
  const revision = encodeURIComponent(name.revision);
  const address = `${url}/api/models/${name.repository}/revision/${revision}?blobs=true`;
  const text = await fetchText(shownHubName(name), address, options);
  try {
    return parse(tryParseJson(text));
  } catch (error) {
    throw new Error(
      `${shownHubName(name)}: expected a description of the model from ${address}, got ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function parse(json: unknown): HubRepository {
  if (json === undefined) throw new TypeError('other text');
  const { sha, siblings, cardData } = fields(json);
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) {
    throw new TypeError('one without a commit');
  }
  if (!Array.isArray(siblings)) throw new TypeError('one without a list of files');
  const { license, license_name: licenceName } = fields(cardData);
  const licence = [licenceName, license].flat().find((each) => typeof each === 'string');
  return { commit: sha, files: siblings.map(parseFile), ...(licence !== undefined && { licence }) };
}

function parseFile(json: unknown): HubFile {
  const { rfilename: path, size, blobId, lfs } = fields(json);
  const { sha256 } = fields(lfs);
  if (typeof path !== 'string') throw new TypeError('a file without a name');
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  const checksum = isHash(sha256, 64)
    ? { sha256 }
    : isHash(blobId, 40)
      ? { gitSha1: blobId }
      : undefined;
  if (!isSize || checksum === undefined) {
    throw new TypeError(`no size or checksum of ${JSON.stringify(path)}`);
  }
  return { path, sizeBytes: size, checksum };
}

function isHash(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** Name of the file with a model's configuration. */
const CONFIG_FILE = 'config.json';
const GENERATION_FILE = 'generation_config.json';
const WEIGHTS_FILE = 'model.safetensors';
/** Name of the index of weights in several files. */
const INDEX_FILE = 'model.safetensors.index.json';

/** Files to fetch from a repository: small files first, so that errors come early. */
export interface ChosenFiles {
  readonly small: readonly string[];
  /** The file of all weights; undefined if `small` has the index of weights in several files. */
  readonly weights?: string;
}

/** Files wanted from a repository. */
interface Wanted {
  /** Path of a GGUF file, or a quantization such as `Q8_0`, to fetch instead of weights in safetensors. */
  readonly file?: string;
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
export function chooseFiles(
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

/** Returns a file by its path, or the only one whose name ends with a quantization. */
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
export async function readWeightFiles(
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

/** Facts for an error message about the Hub, in addition to its response. */
interface HubErrorContext {
  /** URL of the Hub. */
  readonly url: string;
  readonly hasToken: boolean;
}

/**
 * Turns an error response of the Hub into a sentence with advice. Other errors are returned unchanged.
 *
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/utilities for the codes.
 */
export function hubError(name: HubName, error: unknown, context: HubErrorContext): unknown {
  if (!(error instanceof RefusedError) || error.answer === undefined) return error;
  const { status, headers } = error.answer;
  const sentence = refusal(name, status, headers.get('x-error-code') ?? '', context);
  return sentence === undefined
    ? error
    : new Error(`${shownHubName(name)}: ${sentence}`, { cause: error });
}

function refusal(
  { repository, revision }: HubName,
  status: number,
  code: string,
  { url, hasToken }: HubErrorContext,
): string | undefined {
  const page = `${url}/${repository}`;
  if (code === 'GatedRepo') {
    const accept = `accept its terms at ${page}`;
    return hasToken
      ? `expected a model that the owner of the token may read, got a gated one; ${accept}, and check that the token may read gated models`
      : `the model is gated and needs a token; ${accept}, then set HF_TOKEN`;
  }
  if (code === 'RevisionNotFound') {
    return `expected a branch, a tag or a commit named ${revision}, got none; see ${page}/tree/main`;
  }
  // Without a token, the Hub answers 401 for names that do not exist.
  if (code === 'RepoNotFound' || status === 404) {
    const token = hasToken ? 'that the token may read it' : 'set HF_TOKEN if the model is private';
    return `expected a model on ${url}, got none; check the name, and ${token}`;
  }
  if (status === 401) {
    return hasToken
      ? `expected a token that ${url} knows, got another; make a new one and set HF_TOKEN`
      : `a token is required; set HF_TOKEN`;
  }
  return undefined;
}
