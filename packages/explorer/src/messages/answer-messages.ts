import { shownText } from '@ramble/core/files';

import type { StreamedCall, WholeCall } from '../call.js';
import type { AnsweringMessage, AskingMessage, CallPort } from './message-port.js';

/** Calls by name. */
export interface NamedCalls {
  readonly whole: Readonly<Record<string, WholeCall<unknown>>>;
  readonly streamed: Readonly<Record<string, StreamedCall<unknown>>>;
}

/**
 * Answers questions that come as messages, as a worker in a page does; `askMessages` asks them. Several are
 * answered at once.
 *
 * @param port - The worker's global scope; who owns a MessageChannel starts its port.
 */
export function answerMessages(port: CallPort, calls: NamedCalls): void {
  const asked = new Map<number, AbortController>();
  port.addEventListener('message', ({ data }) => {
    const message = data as AskingMessage; // of `askMessages`
    if ('isGone' in message) {
      asked.get(message.id)?.abort();
      return;
    }
    const controller = new AbortController();
    asked.set(message.id, controller);
    const { id } = message;
    answer(port, calls, message, controller.signal)
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        port.postMessage({ id, kind: 'error', message: text } satisfies AnsweringMessage);
      })
      .finally(() => asked.delete(id));
  });
}

async function answer(
  port: CallPort,
  { whole, streamed }: NamedCalls,
  { id, name, question }: Exclude<AskingMessage, { isGone: true }>,
  signal: AbortSignal,
): Promise<void> {
  const tell = (message: AnsweringMessage): void => port.postMessage(message);
  if (Object.hasOwn(whole, name)) {
    tell({ id, kind: 'answer', answer: await whole[name](question, signal) });
    return;
  }
  if (!Object.hasOwn(streamed, name)) {
    const names = [...Object.keys(whole), ...Object.keys(streamed)].join(', ');
    throw new RangeError(`call: expected one of ${names}, got ${shownText(name)}`);
  }
  for await (const event of streamed[name](question, signal)) tell({ id, kind: 'event', event });
  tell({ id, kind: 'end' });
}
