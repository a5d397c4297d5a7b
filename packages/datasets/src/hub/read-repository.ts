import { isObject, messageOf, tryParseJson } from '@ramble/core/files';

import type { Checksum } from '../download/download-file.js';
import { type FetchOptions, fetchText } from '../download/fetch-from.js';
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
