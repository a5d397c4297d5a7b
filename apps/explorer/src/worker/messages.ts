/** Messages of the page to the worker; `id` identifies a question. */
export type ToWorker =
  | {
      readonly kind: 'question';
      readonly id: number;
      readonly name: string;
      readonly question: unknown;
    }
  /** Cancels a question. */
  | { readonly kind: 'abort'; readonly id: number };

/** Messages of the worker to the page about a question. */
export type FromWorker =
  /** Answer of a call with one answer. */
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'event'; readonly id: number; readonly event: unknown }
  /** End of a stream, after its last event. */
  | { readonly kind: 'end'; readonly id: number }
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly message: string;
      /** Equivalent HTTP status: 404 for an unknown call, else 400. */
      readonly status: number;
    };
