import type { StreamedCalls, WatchCalls, WholeCalls } from '@ramble/explorer';

/** All calls that are answered as a whole. */
export type Calls = WholeCalls & WatchCalls;

/** What a call of a name is asked. */
export type Question<Name extends keyof Calls> = Calls[Name]['question'];

/** What a call of a name answers. */
export type Answer<Name extends keyof Calls> = Calls[Name]['answer'];

/** Asks calls and gives their answers: over HTTP, or of a worker in the page. */
export interface Transport {
  /**
   * Asks a call that is answered as a whole.
   *
   * @throws CallError with what the other side says is wrong.
   */
  call<Name extends keyof Calls>(
    name: Name,
    question: Question<Name>,
    signal?: AbortSignal,
  ): Promise<Answer<Name>>;
  /**
   * Asks a call that is answered event by event.
   *
   * @throws CallError with what the other side says is wrong, also after some events.
   */
  stream<Name extends keyof StreamedCalls>(
    name: Name,
    question: StreamedCalls[Name]['question'],
    signal: AbortSignal,
  ): AsyncIterable<StreamedCalls[Name]['answer']>;
}
