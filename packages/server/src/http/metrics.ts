import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { BatchDriver } from '../completion/batch-driver.js';

/** Times and token counts of one completion. */
interface CompletionOutcome {
  readonly seconds: number;
  /** Seconds until its first output got a slot. */
  readonly queueSeconds: number;
  readonly firstTokenSeconds?: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Metrics {
  readonly contentType: string;
  /** Counts a request by its status; 499 where the client left. */
  count(status: number): void;
  record(outcome: CompletionOutcome): void;
  /** Prometheus's text. */
  show(): Promise<string>;
}

/** Seconds, from a token of a small model to a long text of a large one. */
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
  const seconds = new Histogram({
    name: 'ramble_request_seconds',
    help: 'How long completions took, waiting and all.',
    buckets: BUCKETS,
    registers,
  });
  const queue = new Histogram({
    name: 'ramble_queue_seconds',
    help: 'Seconds that completions waited for a slot.',
    buckets: BUCKETS,
    registers,
  });
  const firstToken = new Histogram({
    name: 'ramble_first_token_seconds',
    help: 'How long it took until the first text of a completion.',
    buckets: BUCKETS,
    registers,
  });
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
