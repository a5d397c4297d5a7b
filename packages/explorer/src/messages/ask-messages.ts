import { eventQueue, type EventQueue } from '../batch/event-queue.js';
import { whenAborted } from '../batch/when-aborted.js';
import type { StreamedCalls, WholeCalls } from '../contract.js';
import type { AnsweringMessage, CallPort } from './message-port.js';

/** Asks calls and gives their answers. */
export interface AskedCalls {
  /**
   * Asks a call that is answered as a whole.
   *
   * @throws Error with what is wrong, or the signal's reason.
   */
  call<Name extends keyof WholeCalls>(
    name: Name,
    question: WholeCalls[Name]['question'],
    signal?: AbortSignal,
  ): Promise<WholeCalls[Name]['answer']>;
  /**
   * Asks a call that is answered event by event.
   *
   * @throws Error with what is wrong, or the signal's reason, also after some events.
   */
  stream<Name extends keyof StreamedCalls>(
    name: Name,
    question: StreamedCalls[Name]['question'],
    signal?: AbortSignal,
  ): AsyncIterable<StreamedCalls[Name]['answer']>;
}

/**
 * Asks by messages, which `answerMessages` answers on the other side.
 *
 * @param port - A worker, or a side of a MessageChannel that was started.
 */
export function askMessages(port: CallPort): AskedCalls {
  const asked = new Map<number, EventQueue<unknown>>();
  let count = 0;
  port.addEventListener('message', ({ data }) => {
    const message = data as AnsweringMessage; // of `answerMessages`
    const events = asked.get(message.id);
    if (message.kind === 'event') events?.push(message.event);
    else if (message.kind === 'answer') events?.push(message.answer);
    else if (message.kind === 'error') events?.fail(new Error(message.message));
    if (message.kind !== 'event') events?.end();
  });

  async function* ask(
    name: string,
    question: unknown,
    signal?: AbortSignal,
  ): AsyncGenerator<unknown, void, undefined> {
    const id = count++;
    const events = eventQueue<unknown>();
    asked.set(id, events);
    let isDone = false;
    const forget = whenAborted(signal, events.fail);
    try {
      if (!signal?.aborted) port.postMessage({ id, name, question });
      yield* events;
      isDone = true;
    } finally {
      forget();
      asked.delete(id);
      if (!isDone) port.postMessage({ id, isGone: true });
    }
  }
  return {
    call: async (name, question, signal) => {
      for await (const answer of ask(name, question, signal)) return answer as never; // of this call
      throw new Error(`${name}: expected an answer, got none`);
    },
    stream: (name, question, signal) => ask(name, question, signal) as AsyncIterable<never>, // of this call
  };
}
