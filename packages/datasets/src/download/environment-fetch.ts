import { shownText } from '@ramble/core/files';

import { hubEnvironment, hubToken } from '../hub/hub-environment.js';
import { RefusedError } from './fetch-from.js';

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
