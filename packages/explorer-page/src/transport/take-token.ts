const KEY = 'ramble-explorer-token';

/**
 * Takes the token out of the address, where it would be copied with every link, and keeps it for this tab.
 *
 * @returns the token; empty where none was ever given.
 */
export function takeToken(
  place: Pick<Location, 'hash'>,
  history: Pick<History, 'replaceState'>,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): string {
  const given = /^#token=([^&]*)&?(.*)$/u.exec(place.hash);
  if (!given) return storage.getItem(KEY) ?? '';
  const [, token = '', rest = ''] = given;
  storage.setItem(KEY, decodeURIComponent(token));
  history.replaceState(null, '', `#${rest}`);
  return decodeURIComponent(token);
}
