const KEY = 'ramble-explorer-token';

/** The used part of BroadcastChannel. */
type Channel = Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>;

/** Messages between the tabs of a page. Browsers do not deliver them to other origins. */
type Message = { readonly kind: 'ask' } | { readonly kind: 'token'; readonly token: string };

/** Time in milliseconds in which another tab must answer; a server may be busy with a prompt. */
const WAIT_MS = 5000;

/**
 * Removes the access token from the address, because every copied link would contain it, and stores it for this tab.
 *
 * @returns the token; empty if none was given or the token in the address is malformed.
 */
export function takeToken(
  place: Pick<Location, 'hash'>,
  history: Pick<History, 'replaceState'>,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): string {
  const given = /^#token=([^&]*)&?(.*)$/u.exec(place.hash);
  if (!given) return storage.getItem(KEY) ?? '';
  const [, token = '', rest = ''] = given;
  history.replaceState(null, '', `#${rest}`);
  const decoded = decodedPart(token);
  if (decoded !== '') storage.setItem(KEY, decoded);
  return decoded;
}

/** Decodes percent escapes; returns an empty text if an escape is incomplete. */
function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

/**
 * Requests the token from the other tabs of the page, and stores it for this tab, because a link opened in a new tab
 * has no token. The browser stores the token in no address, cookie or file.
 *
 * @returns the token; empty if no tab answers.
 */
export async function askTabs(
  channel: Channel,
  storage: Pick<Storage, 'setItem'>,
  waitMs = WAIT_MS,
): Promise<string> {
  const token = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(''), waitMs);
    channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (data.kind !== 'token') return;
      clearTimeout(timer);
      resolve(data.token);
    });
    channel.postMessage({ kind: 'ask' } satisfies Message);
  });
  if (token !== '') storage.setItem(KEY, token);
  return token;
}

/**
 * Sends the token of this tab to new tabs of the page.
 *
 * @param isAccepted - Whether the server accepts the token; a restarted server has a new token.
 */
export function answerTabs(
  channel: Channel,
  token: string | Promise<string>,
  isAccepted: () => Promise<boolean>,
): void {
  const answer = async (): Promise<void> => {
    const known = await token;
    if (known === '' || !(await isAccepted())) return;
    channel.postMessage({ kind: 'token', token: known } satisfies Message);
  };
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'ask') void answer();
  });
}
