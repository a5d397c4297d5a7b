import { CallError, type Transport } from './transport.js';

/** Receives the worker's messages about one question, until its end. */
type Listener = (answer: FromWorker) => void;

/** The used part of Worker. */
type WorkerLike = Pick<Worker, 'postMessage' | 'addEventListener'>;

/** Makes a transport that calls a web worker of the page, which runs the models. */
export function workerTransport(worker: WorkerLike): Transport {
  const listeners = new Map<number, Listener>();
  let count = 0;
  const post = (message: ToWorker): void => {
    worker.postMessage(message);
  };
  worker.addEventListener('message', (event) => {
    const answer = (event as MessageEvent<FromWorker>).data;
    listeners.get(answer.id)?.(answer);
  });
  worker.addEventListener('error', (event) => {
    const message = `The models of this page did not start: ${event.message}`;
    for (const [id, listen] of listeners) listen({ kind: 'error', id, message, status: 500 });
  });

  /**
   * Posts a question, and passes its messages to a listener until the answer is complete or the
   * signal aborts.
   */
  function ask(
    name: string,
    question: unknown,
    signal: AbortSignal | undefined,
    listen: Listener,
    onAbort: () => void,
  ): void {
    const id = count++;
    const abort = (): void => {
      listeners.delete(id);
      post({ kind: 'abort', id });
      onAbort();
    };
    listeners.set(id, (answer) => {
      if (answer.kind !== 'event') {
        listeners.delete(id);
        signal?.removeEventListener('abort', abort);
      }
      listen(answer);
    });
    signal?.addEventListener('abort', abort, { once: true });
    post({ kind: 'question', id, name, question });
  }

  return {
    call: (name, question, signal) =>
      new Promise((resolve, reject) => {
        const listen: Listener = (answer) => {
          if (answer.kind === 'answer')
            resolve(answer.answer as never); // the contract defines the type
          else if (answer.kind === 'error') reject(new CallError(answer.message, answer.status));
        };
        ask(name, question, signal, listen, () => reject(aborted()));
      }),
    async *stream(name, question, signal) {
      const waiting: (FromWorker | DOMException)[] = [];
      let wake = (): void => undefined;
      const put = (what: FromWorker | DOMException): void => {
        waiting.push(what);
        wake();
      };
      ask(name, question, signal, put, () => put(aborted()));
      for (;;) {
        const next = waiting.shift();
        if (!next) {
          await new Promise<void>((resolve) => (wake = resolve));
        } else if (next instanceof DOMException) {
          throw next;
        } else if (next.kind === 'event') {
          yield next.event as never; // the contract defines the type
        } else if (next.kind === 'error') {
          throw new CallError(next.message, next.status);
        } else {
          return;
        }
      }
    },
  };
}

function aborted(): DOMException {
  return new DOMException('The call was aborted.', 'AbortError');
}

/** Messages from the page to the worker; `id` identifies a question. */
export type ToWorker =
  | {
      readonly kind: 'question';
      readonly id: number;
      readonly name: string;
      readonly question: unknown;
    }
  /** Cancels a question. */
  | { readonly kind: 'abort'; readonly id: number };

/** Messages from the worker to the page about a question. */
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
