import { join } from 'node:path';

import { isObject, messageOf, tryParseJson } from '@ramble/core/files';
import { exists } from '@ramble/node';

import type { Checksum } from '../download/download-file.js';
import { type FetchOptions, fetchText, RefusedError } from '../download/fetch-from.js';
import {
  CONVERTED,
  type HubEnvironment,
  hubToken,
  type HubVersion,
  MAIN,
} from './hub-environment.js';

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
  name: HubVersion,
  url: string,
  options: FetchOptions,
): Promise<HubRepository> {
  const { kind, repository, shown } = name;
  const revision = encodeURIComponent(name.revision);
  const address = `${url}/api/${kind}/${repository}/revision/${revision}?blobs=true`;
  const text = await fetchText(shown, address, options);
  try {
    return parse(tryParseJson(text));
  } catch (error) {
    throw new Error(
      `${shown}: expected a description of the ${NOUNS[kind]} from ${address}, got ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Kinds of repositories, for messages. */
const NOUNS = { models: 'model', datasets: 'data set' } as const;

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

export interface AskHubOptions extends FetchOptions {
  readonly hub: HubEnvironment;
  /** Called with the reason when files of the cache are used without a request to the Hub. */
  readonly onNote?: (note: string) => void;
}

/**
 * Requests a description of a repository.
 *
 * @returns undefined if the Hub may not or cannot be contacted, so that the cache must have the files.
 */
export async function askHub(
  name: HubVersion,
  cache: { readonly folder: string },
  { hub, onNote, ...options }: AskHubOptions,
): Promise<HubRepository | undefined> {
  if (hub.isOffline) return undefined;
  try {
    return await readRepository(name, hub.url, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof RefusedError) throw error;
    const reason = messageOf(error);
    if (await exists(join(cache.folder, 'snapshots'))) {
      onNote?.(`${reason}; looking in ${hub.cacheFolder}`);
      return undefined;
    }
    const advice = 'check the network, HTTPS_PROXY and HF_ENDPOINT';
    throw new Error(`${reason}; ${advice}`, { cause: error });
  }
}

/**
 * Turns an error response of the Hub into a sentence with advice. Other errors are returned unchanged.
 *
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/utilities for the codes.
 */
export async function hubError(
  name: HubVersion,
  error: unknown,
  hub: HubEnvironment,
): Promise<unknown> {
  if (!(error instanceof RefusedError) || error.answer === undefined) return error;
  const { status, headers } = error.answer;
  const code = headers.get('x-error-code') ?? '';
  const context = { url: hub.url, hasToken: (await hubToken(hub)) !== '' };
  const sentence = refusal(name, status, code, context);
  return sentence === undefined ? error : new Error(`${name.shown}: ${sentence}`, { cause: error });
}

function refusal(
  { kind, repository, revision }: HubVersion,
  status: number,
  code: string,
  { url, hasToken }: { readonly url: string; readonly hasToken: boolean },
): string | undefined {
  const page = kind === 'models' ? `${url}/${repository}` : `${url}/${kind}/${repository}`;
  const noun = NOUNS[kind];
  if (code === 'GatedRepo') {
    const accept = `accept its terms at ${page}`;
    return hasToken
      ? `expected a ${noun} that the owner of the token may read, got a gated one; ${accept}, and check that the token may read gated ${noun}s`
      : `the ${noun} is gated and needs a token; ${accept}, then set HF_TOKEN`;
  }
  if (code === 'RevisionNotFound' && revision === CONVERTED) {
    return `the Hub has not converted this data set to Parquet; if its own files are Parquet, name their branch: @${MAIN}`;
  }
  if (code === 'RevisionNotFound') {
    return `expected a branch, a tag or a commit named ${revision}, got none; see ${page}/tree/main`;
  }
  // Without a token, the Hub answers 401 for names that do not exist.
  if (code === 'RepoNotFound' || status === 404) {
    const token = hasToken
      ? 'that the token may read it'
      : `set HF_TOKEN if the ${noun} is private`;
    return `expected a ${noun} on ${url}, got none; check the name, and ${token}`;
  }
  if (status === 401) {
    return hasToken
      ? `expected a token that ${url} knows, got another; make a new one and set HF_TOKEN`
      : `a token is required; set HF_TOKEN`;
  }
  return undefined;
}
