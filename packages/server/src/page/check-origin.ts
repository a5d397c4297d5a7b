import { RequestError } from '../request/request-error.js';

/**
 * Checks the header `Origin`, which browsers send with every POST: calls are for the page of this server
 * alone. Schemes are not compared, as a proxy in front may add TLS.
 *
 * @param origin - Absent outside browsers.
 * @param host - The header `Host`.
 * @throws RequestError with the status 403.
 */
export function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
  const shown = JSON.stringify(origin.slice(0, 100));
  throw new RequestError(`origin: expected the page of this server, got ${shown}`, {
    status: 403,
    field: 'origin',
    code: 'origin_not_allowed',
  });
}
