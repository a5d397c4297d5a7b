import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { shownText } from '@ramble/core/files';
import { errorCode, fileError } from '@ramble/node';

import { RefusedError } from '../download/fetch-from.js';
import { homeFolder } from '../lock/with-lock.js';

/** Settings of the Hugging Face Hub, from the variables of Python's huggingface_hub. */
export interface HubEnvironment {
  /** The Hub, or the mirror that `HF_ENDPOINT` names, without a slash at its end. */
  readonly url: string;
  /** The folder in which huggingface_hub keeps its downloads, and so does ramble. */
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
 * Reads what the environment says of the Hub.
 *
 * @throws RangeError that names `HF_ENDPOINT` when it holds no URL.
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
 * The user's token of the Hub: from the environment, else from the file in which `hf auth login` stores it.
 *
 * @returns an empty text without a token.
 * @throws Error that names the file if it cannot be read; RefusedError if a token cannot be sent.
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

/** fetch would show the token in its error. */
function sendable(name: string, token: string): string {
  if (/^[\x21-\x7e]*$/.test(token)) return token;
  throw new RefusedError(`${name}: expected a token such as hf_…, got other text`);
}

/** A model on the Hub, in the form of the command line: `owner/model@revision:FILE.gguf`. */
export interface HubName {
  /** The repository: `owner/model`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** A GGUF file of the repository, or the quantization that the file's name ends with: `Q8_0`. */
  readonly file?: string;
}

/** The branch of every repository. */
export const MAIN = 'main';

const PATTERN = /^([^/@:]+\/[^/@:]+)(?:@([^@:]+))?(?::([^@:]+))?$/;
const PART = /^(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/**
 * Reads the name of a model on the Hub.
 *
 * @returns undefined for words that cannot be one, such as most paths.
 */
export function parseHubName(word: string): HubName | undefined {
  const [, repository, revision = MAIN, file] = groups(PATTERN, word);
  if (!repository?.split('/').every((part) => PART.test(part))) return undefined;
  const paths = file === undefined ? [revision] : [revision, file];
  if (!paths.every(isSafePath)) return undefined;
  return { repository, revision, ...(file !== undefined && { file }) };
}

/** Groups of a pattern's match; all undefined without a match. */
function groups(pattern: RegExp, text: string): readonly (string | undefined)[] {
  return pattern.exec(text) ?? [];
}

/** The name in the form in which one types it. */
export function shownHubName({ repository, revision, file }: HubName): string {
  const at = revision === MAIN ? '' : `@${revision}`;
  return `${repository}${at}${file === undefined ? '' : `:${file}`}`;
}

/** Whether a path of the Hub stays inside the folder that it is joined to, on every system. */
export function isSafePath(path: string): boolean {
  return path.split('/').every((part) => /^(?!\.{1,2}$)[^\\:*?"<>|\p{Cc}]+$/u.test(part));
}
