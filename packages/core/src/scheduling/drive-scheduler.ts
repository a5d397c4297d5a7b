import type { Scheduler } from './scheduler.js';

/**
 * Runs the steps of a scheduler while it has sequences. An error of the model fails all of them.
 *
 * @param yieldTurn - Called before each step; resolves after other work had its turn.
 * @returns a function to call after sequences were added.
 */
export function driveScheduler(
  scheduler: Scheduler,
  yieldTurn: () => Promise<unknown>,
): () => void {
  let isDriving = false;

  async function drive(): Promise<void> {
    isDriving = true;
    try {
      do await yieldTurn();
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

/** Globals of Node and of pages. */
interface Global {
  readonly setImmediate?: (then: () => void) => unknown;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: undefined): void };
  };
}

/**
 * Resolves after other work of the process or page had its turn: sooner than a timer, and in background tabs
 * too.
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
