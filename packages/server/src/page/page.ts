/** A call that is answered as a whole; the question is what was sent, unchecked. */
export type WholeCall = (question: unknown, signal: AbortSignal) => Promise<unknown>;

/** A call that is answered event by event; the question is what was sent, unchecked. */
export type StreamedCall = (question: unknown, signal: AbortSignal) => AsyncIterable<unknown>;

/**
 * The calls of a page by name. Questions, answers and events are plain JSON; the signal is aborted when the
 * client leaves. An error whose message reads `name: expected X, got Y` or `name: unknown setting.` is the
 * client's; any other is logged, and the client is told that there was one.
 */
export interface PageCalls {
  readonly whole: Readonly<Record<string, WholeCall>>;
  readonly streamed: Readonly<Record<string, StreamedCall>>;
}

/** A page that is served under `/explore/`, with what it may ask. */
export interface Page {
  /** The folder of its files, with an `index.html`. */
  readonly folder: string;
  readonly calls: PageCalls;
}

/** A page that is served, and the token that its calls need. */
export interface GuardedPage extends Page {
  readonly token: string;
}

/** The path that the page is served under. */
export const PAGE_PATH = '/explore/';
