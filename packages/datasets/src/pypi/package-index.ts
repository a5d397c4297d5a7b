import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { shownText } from '@ramble/core/files';

const PYPI = 'https://pypi.org/simple';

/** A URL to fetch, and the headers that carry what its user and password said. */
export interface IndexAddress {
  /** URL without a user and a password. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Finds the index of Python packages that the user's pip asks: that of `PIP_INDEX_URL`, else that of
 * pip's configuration files, else PyPI.
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

/** Takes the user and the password out of a URL, into the header that they stand for. */
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

/** The setting of the first configuration file that has it: of pip's files a later one counts more. */
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

/** Pip's files, those that count more first. */
function configFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const { PIP_CONFIG_FILE: own, XDG_CONFIG_HOME, APPDATA, VIRTUAL_ENV } = environment;
  if (own !== undefined && own !== '') return [own];
  const name = process.platform === 'win32' ? 'pip.ini' : 'pip.conf';
  const folders = [
    VIRTUAL_ENV,
    process.platform === 'win32'
      ? APPDATA && join(APPDATA, 'pip')
      : join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'pip'),
    join(homedir(), process.platform === 'win32' ? 'pip' : '.pip'),
    process.platform === 'win32' ? undefined : '/etc',
  ];
  return folders.filter((folder) => folder).map((folder) => join(folder ?? '', name));
}

/** The value of `index-url` in the section `[global]`. */
function indexIn(text: string): string | undefined {
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\[(.*)\]/.exec(line)?.[1] ?? section;
    const url = /^index[-_]url\s*[=:]\s*(\S+)/i.exec(line)?.[1];
    if (section === 'global' && url !== undefined) return url;
  }
  return undefined;
}
