import type { Scheduler } from './scheduler.js';

/**
 * Keeps a scheduler running while it has sequences. An error of the model fails all of them.
 *
 * @param nextTurn - Lets other work have its turn, between two steps.
 * @returns a function that is called after sequences were added.
 */
export function driveScheduler(scheduler: Scheduler, nextTurn: () => Promise<unknown>): () => void {
  let isDriving = false;

  async function drive(): Promise<void> {
    isDriving = true;
    try {
      do await nextTurn();
      while (scheduler.step());
    } catch (error) {
      scheduler.failAll(error);
    }
    isDriving = false;
  }

  return () => {
    if (!isDriving) void drive();
  };
}

/** Functions that Node and pages have. */
interface Global {
  readonly setImmediate?: (then: () => void) => unknown;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: undefined): void };
  };
}

/**
 * Lets other work of the process, or of the page, have its turn; sooner than a timer would, and in pages that
 * nobody looks at too.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as unknown as Global;
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
