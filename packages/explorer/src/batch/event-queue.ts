/** Events that wait until they are read, once and in their order. */
export interface EventQueue<Event> extends AsyncIterable<Event> {
  readonly push: (event: Event) => void;
  /** Ends the events behind those that wait. */
  readonly end: () => void;
  /** Puts an error behind the events that wait, which the reader meets. */
  readonly fail: (error: unknown) => void;
}

/** Makes a queue: a slow reader holds up nobody. */
export function eventQueue<Event>(): EventQueue<Event> {
  const waiting: Event[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;

  async function* read(): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      yield* waiting.splice(0);
      if (waiting.length > 0) continue;
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const finish = (how: { readonly error?: unknown }): void => {
    end ??= how;
    wake();
  };
  return {
    push: (event) => {
      waiting.push(event);
      wake();
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
    [Symbol.asyncIterator]: read,
  };
}
