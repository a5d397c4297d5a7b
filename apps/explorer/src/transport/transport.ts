import type { StreamedCalls, WatchCalls, WholeCalls } from '@ramble/explorer';

/** All remote calls with one answer. */
export type Calls = WholeCalls & WatchCalls;

export type Question<Name extends keyof Calls> = Calls[Name]['question'];

export type Answer<Name extends keyof Calls> = Calls[Name]['answer'];

/** Makes calls and returns their answers: over HTTP, or from a worker in the page. */
export interface Transport {
  /**
   * Makes a call with one answer.
   *
   * @throws CallError with the message of the server or worker.
   */
  call<Name extends keyof Calls>(
    name: Name,
    question: Question<Name>,
    signal?: AbortSignal,
  ): Promise<Answer<Name>>;
  /**
   * Makes a call with a stream of events.
   *
   * @throws CallError with the message of the server or worker, even after some events.
   */
  stream<Name extends keyof StreamedCalls>(
    name: Name,
    question: StreamedCalls[Name]['question'],
    signal: AbortSignal,
  ): AsyncIterable<StreamedCalls[Name]['answer']>;
}

/** The error of a call that was rejected, or whose answer did not arrive. */
export class CallError extends Error {
  override readonly name = 'CallError';

  /**
   * Creates an error with the message of the server or worker.
   *
   * @param status - HTTP status; 0 without an answer.
   */
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** URL and access token of the page's server. */
export interface HttpOptions {
  /** URL of the calls: the name of a call is appended to it. It ends with a slash. */
  readonly base: string;
  /** The access token, or a promise of it, for which calls wait. */
  readonly token: string | Promise<string>;
  /**
   * Called with the seconds until the next attempt to reach a lost server; with `undefined` once the server answers
   * again.
   */
  readonly onLost: (seconds: number | undefined) => void;
}

const LONGEST_WAIT_SECONDS = 15;

/**
 * Makes a transport that calls the server of the page. A call that does not reach the server is repeated at growing
 * intervals; an interrupted stream is not.
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
          return (await response.json()) as never; // the contract defines the type
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

/**
 * Whether the server accepts the token, in one request; `false` if it does not answer within
 * `waitMs`.
 */
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

/** Whether the answer is missing or incomplete; `fetch` then throws a TypeError. */
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
    return undefined; // an error page of a proxy
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
      reject(new DOMException('The call was aborted.', 'AbortError'));
    });
  });
}

/**
 * Splits a stream of bytes in UTF-8 into lines, without their line breaks.
 *
 * @throws the stream's error if it is interrupted.
 */
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
