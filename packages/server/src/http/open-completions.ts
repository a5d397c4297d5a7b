import type { FastifyReply } from 'fastify';

import type { RunningCompletion } from '../completion/start-completion.js';
import type { Metrics } from './metrics.js';

/** Completions that are being answered: they are counted and logged, and a shutdown waits for them. */
export interface OpenCompletions {
  /** Follows a completion that has begun, until its reply closes. */
  readonly watch: (reply: FastifyReply, completion: RunningCompletion) => void;
  /** Whether the completion of a reply has begun: it is then counted when the reply closes. */
  readonly hasBegun: (reply: FastifyReply) => boolean;
  readonly isDraining: () => boolean;
  /** Resolves when the last open completion is sent, or the time is over. */
  readonly drain: (graceSeconds: number) => Promise<void>;
}

/** Shorter times in the queue are not logged. */
const SHOWN_QUEUE_SECONDS = 0.5;

export function openCompletions(metrics: Metrics, log: (line: string) => void): OpenCompletions {
  const open = new Set<FastifyReply>();
  const begun = new WeakSet<FastifyReply>();
  let onDrained: (() => void) | undefined;
  function watch(reply: FastifyReply, completion: RunningCompletion): void {
    const startMs = performance.now();
    const since = (ms: number): number => (ms - startMs) / 1000;
    open.add(reply);
    begun.add(reply);
    reply.raw.once('close', () => {
      open.delete(reply);
      const { usage, firstTextMs } = completion;
      const queueSeconds = since(completion.startMs ?? performance.now());
      const status = reply.raw.writableFinished ? reply.statusCode : 499;
      const seconds = since(performance.now());
      metrics.count(status);
      metrics.record({
        ...usage,
        ...{ seconds, queueSeconds },
        ...(firstTextMs !== undefined && { firstTokenSeconds: since(firstTextMs) }),
      });
      const { promptTokens, completionTokens } = usage;
      const waited =
        queueSeconds < SHOWN_QUEUE_SECONDS
          ? ''
          : `, ${queueSeconds.toFixed(2)} s of it in the queue`;
      log(
        `completion ${status}: ${promptTokens} + ${completionTokens} tokens in ${seconds.toFixed(2)} s${waited}`,
      );
      if (open.size === 0) onDrained?.();
    });
  }

  const drain = async (graceSeconds: number): Promise<void> => {
    if (onDrained) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      onDrained = resolve;
      if (open.size === 0) resolve();
      timer = setTimeout(() => {
        log(`${open.size} completions were not done within ${graceSeconds} s, and end here`);
        resolve();
      }, 1000 * graceSeconds);
    });
    clearTimeout(timer);
  };
  return {
    watch,
    hasBegun: (reply) => begun.has(reply),
    isDraining: () => onDrained !== undefined,
    drain,
  };
}
