import type { FastifyReply } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { BatchDriver } from '../completion/batch-driver.js';
import type { MeasuredCompletion } from '../completion/start-completion.js';

/** Times and token counts of one completion. */
interface CompletionOutcome {
  readonly seconds: number;
  /** Seconds until the completion's first output got a slot. */
  readonly queueSeconds: number;
  readonly firstTokenSeconds?: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Metrics {
  readonly contentType: string;
  /** Counts a request by its status; 499 if the client disconnected. */
  count(status: number): void;
  record(outcome: CompletionOutcome): void;
  /** Returns the metrics in Prometheus's text format. */
  show(): Promise<string>;
}

/**
 * Bounds of the histograms' buckets in seconds: from the time of a small model for one token to the time of a large
 * one for a long text.
 */
const BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300];

export function createMetrics(drivers: readonly BatchDriver[]): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const sumOf = (count: 'running' | 'waiting'): number =>
    drivers.reduce((sum, driver) => sum + driver[count], 0);
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('ramble_sequences_running', 'Sequences being written.', () => sumOf('running'));
  gauge('ramble_sequences_waiting', 'Sequences waiting for a place.', () => sumOf('waiting'));
  const requests = new Counter({
    name: 'ramble_requests_total',
    help: 'Requests for completions that were answered or refused, by status; 499: the client left.',
    labelNames: ['status'],
    registers,
  });
  const tokens = new Counter({
    name: 'ramble_tokens_total',
    help: 'Tokens of prompts and of completions.',
    labelNames: ['kind'],
    registers,
  });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, buckets: BUCKETS, registers });
  const seconds = histogram(
    'ramble_request_seconds',
    'How long completions took, waiting and all.',
  );
  const queue = histogram('ramble_queue_seconds', 'Seconds that completions waited for a slot.');
  const firstToken = histogram(
    'ramble_first_token_seconds',
    'How long it took until the first text of a completion.',
  );
  return {
    contentType: registry.contentType,
    count: (status) => requests.inc({ status }),
    record: (outcome) => {
      tokens.inc({ kind: 'prompt' }, outcome.promptTokens);
      tokens.inc({ kind: 'completion' }, outcome.completionTokens);
      seconds.observe(outcome.seconds);
      queue.observe(outcome.queueSeconds);
      if (outcome.firstTokenSeconds !== undefined) firstToken.observe(outcome.firstTokenSeconds);
    },
    show: () => registry.metrics(),
  };
}

/** Running completions: each is counted and logged at its end, and a shutdown waits for them. */
export interface OpenCompletions {
  /** Tracks a completion until its reply closes. */
  readonly watch: (reply: FastifyReply, completion: MeasuredCompletion) => void;
  /**
   * Whether `watch` was called for a reply. Its request is then counted when the reply closes, and must not be counted
   * elsewhere.
   */
  readonly hasBegun: (reply: FastifyReply) => boolean;
  readonly isDraining: () => boolean;
  /** Resolves when the last running completion is sent, or after `graceSeconds`. */
  readonly drain: (graceSeconds: number) => Promise<void>;
}

/** Minimum time in the queue, in seconds, that is logged. */
const SHOWN_QUEUE_SECONDS = 0.5;

export function openCompletions(metrics: Metrics, log: (line: string) => void): OpenCompletions {
  const open = new Set<FastifyReply>();
  const begun = new WeakSet<FastifyReply>();
  let onDrained: (() => void) | undefined;
  function watch(reply: FastifyReply, completion: MeasuredCompletion): void {
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
