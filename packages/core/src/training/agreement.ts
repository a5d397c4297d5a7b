import type { Clock } from '../files/clock.js';
import { doTogether } from '../ranks/do-together.js';
import type { Ranks } from '../ranks/ranks.js';

/**
 * The clock and the signal of a training, which say the same on all of its ranks: what they said when the
 * ranks last met. A process alone reads its own at any time.
 */
export interface Agreement extends Clock {
  isAborted(): boolean;
  /** All ranks take over the time of rank 0, and whether any of them was aborted. */
  meet(): Promise<void>;
}

/** What ranks agree on; they must meet before they read it. */
export function agreement(
  clock: Clock,
  signal: AbortSignal | undefined,
  ranks: Ranks | undefined,
): Agreement {
  const isAborted = (): boolean => signal?.aborted ?? false;
  if (!ranks) return { now: () => clock.now(), isAborted, meet: () => Promise.resolve() };
  const agreed = new Float64Array(2);
  return {
    now: () => agreed[0],
    isAborted: () => agreed[1] > 0,
    meet: () =>
      doTogether(ranks, async () => {
        const [now, aborted] = [ranks.rank === 0 ? clock.now() : 0, Number(isAborted())];
        agreed.set([now, aborted]);
        await ranks.sum(agreed);
      }),
  };
}
