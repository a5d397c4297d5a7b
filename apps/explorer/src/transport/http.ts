import type { StreamedCalls } from '@ramble/explorer';

import { CallError } from './call-error.js';
import { readLines } from './read-lines.js';
import type { Transport } from './transport.js';

/** How a page reaches its server. */
export interface HttpOptions {
  /** The address that names of calls are added to; it ends with a slash. */
  readonly base: string;
  /** The token of the page, or a promise of it, for which calls wait. */
  readonly token: string | Promise<string>;
  /** Is told in how many seconds a server that is gone is asked again; `undefined` when it is back. */
  readonly onLost: (seconds: number | undefined) => void;
}

const LONGEST_WAIT_SECONDS = 15;

/**
 * Asks the server of the page. A call that reaches no server is asked again, later and later; a stream
 * that breaks off is not.
 */
export function httpTransport({ base, token, onLost }: HttpOptions): Transport {
  const post = (name: string, question: unknown, signal?: AbortSignal) =>
    postTo({ base, token }, name, question, signal);
  return {
    async call(name, question, signal) {
      for (let wait = 1; ; wait = Math.min(2 * wait, LONGEST_WAIT_SECONDS)) {
        try {
          const response = await post(name, question, signal);
          onLost(undefined);
          if (!response.ok) throw await refusal(response);
          return (await response.json()) as never; // the contract says of what type
        } catch (error) {
          if (!isLost(error)) throw error;
        }
        onLost(wait);
        await sleep(wait, signal);
      }
    },
    async *stream(name, question, signal) {
      const response = await post(name, question, signal).catch((error: unknown) => {
        throw isLost(error) ? new CallError('The server does not answer.', 0) : error;
      });
      if (!response.ok || !response.body) throw await refusal(response);
      try {
        for await (const line of readLines(response.body)) {
          yield eventOf(line) as StreamedCalls[typeof name]['answer'];
        }
      } catch (error) {
        throw isLost(error)
          ? new CallError('The server ended before the output did. What was written stays.', 0)
          : error;
      }
    },
  };
}

/** Whether the server accepts the token, asked once; `false` if it does not answer within `waitMs`. */
export async function isTokenAccepted(
  server: Pick<HttpOptions, 'base' | 'token'>,
  waitMs = 5000,
): Promise<boolean> {
  try {
    const response = await postTo(server, 'models', {}, AbortSignal.timeout(waitMs));
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function postTo(
  { base, token }: Pick<HttpOptions, 'base' | 'token'>,
  name: string,
  question: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  return fetch(base + name, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token}`, 'content-type': 'application/json' },
    body: JSON.stringify(question),
    ...(signal && { signal }),
  });
}

/** Whether no answer came, or not all of it: `fetch` throws a TypeError then. */
function isLost(error: unknown): boolean {
  return (error as { readonly name?: unknown }).name === 'TypeError';
}

async function refusal(response: Response): Promise<CallError> {
  const { status } = response;
  if (status === 401 || status === 403) {
    const advice = 'Open the address that ramble explore printed, with its token.';
    return new CallError(`The server does not accept the token of this page. ${advice}`, status);
  }
  const text = await response.text();
  return new CallError(messageIn(text) ?? `The server answered with status ${status}.`, status);
}

function messageIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message;
  } catch {
    return undefined; // a page of some proxy
  }
}

function eventOf(line: string): unknown {
  const event = JSON.parse(line) as { kind: string; message?: string };
  if (event.kind === 'error') throw new CallError(event.message ?? 'The server failed.', 500);
  return event;
}

function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('The call was given up.', 'AbortError'));
    });
  });
}
