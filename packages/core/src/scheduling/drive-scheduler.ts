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
