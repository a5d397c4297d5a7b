import { isIP } from 'node:net';

import { RequestError } from '../request/request-error.js';

/** The host names that a server answers to. */
export interface HostRules {
  /** The address that the server listens on. */
  readonly host: string;
  /** Further names that it answers to; `*` means any. */
  readonly allowedHosts: readonly string[];
}

/**
 * Checks the header `Host`: a page of another site can make its own name mean this machine (DNS
 * rebinding), and then its scripts are of the server's own origin. A name is known that means this
 * machine everywhere, that was listened on, or that was allowed; an address cannot be rebound, but is
 * only taken where others than this machine may come.
 *
 * @param header - Absent in HTTP/1.0, which browsers do not speak.
 * @throws RequestError with the status 403.
 */
export function checkHost(header: string | undefined, { host, allowedHosts }: HostRules): void {
  if (header === undefined || allowedHosts.includes('*')) return;
  const name = hostName(header);
  if (name !== undefined) {
    const known = [host, ...allowedHosts].map((each) => each.toLowerCase());
    if (isLoopback(name) || known.includes(name)) return;
    if (isIP(name) > 0 && !isLoopback(host.toLowerCase())) return;
  }
  const shown = JSON.stringify(header.slice(0, 100));
  throw new RequestError(
    `host: expected localhost or an address of this server, got ${shown}; --allowed-host allows other names`,
    { status: 403, field: 'host', code: 'host_not_allowed' },
  );
}

/** Whether a name or an address means this machine, wherever it is asked. */
export function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}

/** The name in a header, in lower case and without port, brackets and the dot at its end. */
function hostName(header: string): string | undefined {
  const found = /^(?:\[([\da-f:.]+)\]|([^:[\]/@\s]+))(?::\d+)?$/i.exec(header);
  return (found?.[1] ?? found?.[2])?.toLowerCase().replace(/\.$/, '');
}
