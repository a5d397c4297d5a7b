import { shownText } from '@ramble/core/files';

import { hubEnvironment, hubToken } from '../hub/hub-environment.js';
import { RefusedError } from './fetch-from.js';

type Fetch = typeof globalThis.fetch;

/**
 * A `fetch` that follows the user's network settings: the proxies of `HTTPS_PROXY`, `HTTP_PROXY`
 * and `NO_PROXY`, and the token of the Hub for the Hub alone. If the Hub redirects a request to
 * another host, the token is not sent there, as in fetch itself.
 *
 * @param environment - Names in small letters count before those in capitals, as in curl.
 * @returns a fetch that throws RefusedError if a variable names no HTTP proxy.
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

/**
 * @returns the URL of a proxy, with `http` as its scheme unless it names one, as with curl; or ''.
 */
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
 * A fetch with proxies. Node's own fetch reads these variables since version 24, and only with an
 * option.
 */
async function proxyFetch(environment: NodeJS.ProcessEnv): Promise<Fetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxyOf(environment, 'http'),
    httpsProxy: proxyOf(environment, 'https'),
    noProxy: variable(environment, 'no_proxy').value,
  });
  // The same function in another version: its types are its own.
  const fetchThrough = fetch as unknown as (url: string, init: object) => Promise<Response>;
  return (url, init) => fetchThrough(url as string, { ...init, dispatcher });
}
