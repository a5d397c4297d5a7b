import { shownText } from '@ramble/core/files';
import { errorCode, fileError } from '@ramble/node';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { homeFolder } from '../cache/cache-folder.js';
import { RefusedError } from '../download/fetch-from.js';

/** Settings of the Hugging Face Hub, from the variables of Python's huggingface_hub. */
export interface HubEnvironment {
  /** URL of the Hub, or of the mirror in `HF_ENDPOINT`, without a slash at its end. */
  readonly url: string;
  /** The folder in which huggingface_hub and ramble store downloads. */
  readonly cacheFolder: string;
  /** Whether requests to the Hub are forbidden: `HF_HUB_OFFLINE`. */
  readonly isOffline: boolean;
  /** The token in `HF_TOKEN`; empty if it is in a file or missing. */
  readonly token: string;
  /** The file in which `hf auth login` stores a token; undefined if it must not be used. */
  readonly tokenFile?: string;
}

const HUB = 'https://huggingface.co';

/**
 * Reads the settings of the Hub from environment variables.
 *
 * @throws RangeError that names `HF_ENDPOINT` if it is not a URL.
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubEnvironment(environment: NodeJS.ProcessEnv): HubEnvironment {
  const variable = (...names: string[]): string | undefined =>
    names.map((name) => environment[name]).find(Boolean);
  const shared = variable('XDG_CACHE_HOME') ?? join(homeFolder(), '.cache');
  const home = variable('HF_HOME') ?? join(shared, 'huggingface');
  const usesFile = !isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN);
  return {
    url: endpoint(environment),
    cacheFolder: variable('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'),
    isOffline: isTrue(variable('HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE')),
    token: (variable('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') ?? '').trim(),
    ...(usesFile && { tokenFile: variable('HF_TOKEN_PATH') ?? join(home, 'token') }),
  };
}

function isTrue(value = ''): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value.toUpperCase());
}

function endpoint({ HF_ENDPOINT: mirror = '' }: NodeJS.ProcessEnv): string {
  if (mirror === '') return HUB;
  if (/^https?:\/\//i.test(mirror) && URL.canParse(mirror)) return mirror.replace(/\/+$/, '');
  throw new RangeError(
    `HF_ENDPOINT: expected the URL of a mirror such as https://hub.example, got ${shownText(mirror)}`,
  );
}

/**
 * Returns the user's token of the Hub: from the environment, else from the file in which `hf auth login`
 * stores it.
 *
 * @returns an empty text without a token.
 * @throws Error that names the file if it cannot be read; RefusedError if the token has characters that a
 *   header cannot contain.
 */
export async function hubToken({ token, tokenFile }: HubEnvironment): Promise<string> {
  if (token !== '' || tokenFile === undefined) return sendable('HF_TOKEN', token);
  try {
    return sendable(tokenFile, (await readFile(tokenFile, 'utf8')).trim());
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return '';
    throw fileError(tokenFile, error);
  }
}

/**
 * Returns a token, or throws if it is not visible ASCII. `fetch` would throw too, but its error message contains the
 * token.
 */
function sendable(name: string, token: string): string {
  if (/^[\x21-\x7e]*$/.test(token)) return token;
  throw new RefusedError(`${name}: expected a token such as hf_…, got other text`);
}

/** A kind of repository of the Hub, as its API names it. */
type HubKind = 'models' | 'datasets';

/** A repository of the Hub and one of its versions. */
export interface HubVersion {
  readonly kind: HubKind;
  /** The repository: `owner/name`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** The name as the user would type it, for messages. */
  readonly shown: string;
}

/** A model on the Hub, in the form of the command line: `owner/model@revision:FILE.gguf`. */
export interface HubName extends HubVersion {
  /** A GGUF file of the repository, or the quantization that the file's name ends with: `Q8_0`. */
  readonly file?: string;
}

/** Name of the default branch. */
export const MAIN = 'main';

/**
 * Branch of a data set that contains it as Parquet, as the Hub converts most public data sets.
 *
 * @see https://huggingface.co/docs/dataset-viewer/parquet
 */
export const CONVERTED = 'refs/convert/parquet';

const PATTERN = /^([^/@:]+\/[^/@:]+)(?:@([^@:]+))?(?::([^@:]+))?$/;
const PART = /^(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/**
 * Reads the name of a model on the Hub.
 *
 * @returns undefined for words that cannot be a name, such as most paths.
 */
export function parseHubName(word: string): HubName | undefined {
  const [, repository, revision = MAIN, file] = groups(PATTERN, word);
  if (repository === undefined || !isRepository(repository)) return undefined;
  const paths = file === undefined ? [revision] : [revision, file];
  if (!paths.every(isSafePath)) return undefined;
  return hubModel(repository, revision, file);
}

/** Makes the name of a model on the Hub; without `revision`, of its default branch. */
export function hubModel(repository: string, revision = MAIN, file?: string): HubName {
  const at = revision === MAIN ? '' : `@${revision}`;
  const shown = `${repository}${at}${file === undefined ? '' : `:${file}`}`;
  return { kind: 'models', repository, revision, shown, ...(file !== undefined && { file }) };
}

/** Whether a word can be the name of a repository: `owner/name`. */
export function isRepository(word: string): boolean {
  const parts = word.split('/');
  return parts.length === 2 && parts.every((part) => PART.test(part));
}

/** Returns the groups of a pattern's match; empty without a match. */
export function groups(pattern: RegExp, text: string): readonly (string | undefined)[] {
  return pattern.exec(text) ?? [];
}

/** Whether a path of the Hub stays inside the folder that it is joined to, on every system. */
export function isSafePath(path: string): boolean {
  return path.split('/').every((part) => /^(?!\.{1,2}$)[^\\:*?"<>|\p{Cc}]+$/u.test(part));
}

type Fetch = typeof globalThis.fetch;

/**
 * Returns a `fetch` with the user's network settings: the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and
 * `NO_PROXY`, and the token of the Hub, which is only sent to the Hub. If the Hub redirects a request to
 * another host, the token is not sent there, as in fetch itself.
 *
 * @param environment - Environment variables. Lowercase names take precedence over uppercase names, as in
 *   curl.
 * @returns a fetch that throws RefusedError if the value of a proxy variable is not an HTTP proxy.
 * @throws RangeError that names `HF_ENDPOINT` when it holds no URL.
 */
export function environmentFetch(environment: NodeJS.ProcessEnv): Fetch {
  const hub = hubEnvironment(environment);
  const { origin } = new URL(hub.url);
  let proxied: Promise<Fetch> | undefined;
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init?.headers);
    const token = new URL(url).origin === origin ? await hubToken(hub) : '';
    if (token !== '') headers.set('authorization', `Bearer ${token}`);
    const options = { ...init, headers: Object.fromEntries(headers) };
    if (!hasProxy(environment)) return globalThis.fetch(url, options);
    proxied ??= proxyFetch(environment);
    return (await proxied)(url, options);
  };
}

function hasProxy(environment: NodeJS.ProcessEnv): boolean {
  return ['http', 'https'].some((scheme) => variable(environment, `${scheme}_proxy`).value !== '');
}

function variable(
  environment: NodeJS.ProcessEnv,
  small: string,
): { readonly name: string; readonly value: string } {
  const name = environment[small] === undefined ? small.toUpperCase() : small;
  return { name, value: environment[name] ?? '' };
}

/** Returns the URL of the proxy for a scheme, by default an `http` URL as in curl; `''` without a proxy. */
function proxyOf(environment: NodeJS.ProcessEnv, scheme: string): string {
  const { name, value } = variable(environment, `${scheme}_proxy`);
  const url = value === '' || value.includes('://') ? value : `http://${value}`;
  if (url === '' || (/^https?:/i.test(url) && URL.canParse(url))) return url;
  const shown = shownText(value.replace(/[^/]*@/, '…@')); // without a password
  throw new RefusedError(
    `${name}: expected an HTTP proxy such as http://proxy.example:3128, got ${shown}`,
  );
}

/**
 * Returns a fetch with proxies. Node's own fetch reads these variables only since version 24, and only with
 * an option.
 */
async function proxyFetch(environment: NodeJS.ProcessEnv): Promise<Fetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxyOf(environment, 'http'),
    httpsProxy: proxyOf(environment, 'https'),
    noProxy: variable(environment, 'no_proxy').value,
  });
  // This is the same function in another version, with different types.
  const fetchThrough = fetch as unknown as (url: string, init: object) => Promise<Response>;
  return (url, init) => fetchThrough(url as string, { ...init, dispatcher });
}
