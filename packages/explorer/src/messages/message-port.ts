/** A place to send messages to and hear them from: a worker, its global scope, or a side of a MessageChannel. */
export interface CallPort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** What is sent to those who answer: a question, or that nobody waits for its answer any more. */
export type AskingMessage =
  | { readonly id: number; readonly name: string; readonly question: unknown }
  | { readonly id: number; readonly isGone: true };

/** What is sent back of a question: its answer, or one event after the other and their end, or an error. */
export type AnsweringMessage = { readonly id: number } & (
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'event'; readonly event: unknown }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly message: string }
);
