import type { LogEntry } from '@ramble/runs';

/** Ranks and network of a training. */
export interface Cluster {
  /** Floating-point operations per second of a rank in matrix products. */
  readonly operationsPerSecond: number;
  /** Bytes per second that a rank reads and writes in memory. */
  readonly memoryPerSecond: number;
  /** Bytes per second of a rank's network link, in each direction. */
  readonly networkPerSecond: number;
}

/** Size and work of an update. */
export interface Update {
  readonly parameters: number;
  /** Floating-point operations per token, forward and backward. */
  readonly operationsPerToken: number;
  /** Number of tokens in an update, over all ranks together. */
  readonly tokens: number;
  /** Number of tokens in a micro-batch; a rank computes at least one micro-batch. */
  readonly microBatchTokens: number;
  /** Speed of whole steps as a fraction of `operationsPerSecond`, 0 to 1. */
  readonly shareOfPeak: number;
  /**
   * Fraction of the parameters whose gradients are complete only at the end of the backward pass. They belong to a tied
   * embedding.
   */
  readonly lastShare: number;
}

/** Seconds of a step and of its parts, and the efficiency. */
export interface StepCost {
  readonly ranks: number;
  /** Seconds of the forward and backward passes over a rank's micro-batches. */
  readonly computing: number;
  /** Seconds of the AdamW update of the parameters that a rank updates. */
  readonly updating: number;
  /** Seconds of communication of gradients and other data that the backward pass does not hide. */
  readonly waiting: number;
  readonly step: number;
  /** Time of a single rank for the same tokens, as a fraction of all ranks' time together. */
  readonly efficiency: number;
  /** Bytes of memory on a rank for parameters, gradients and moments. */
  readonly bytes: number;
}

/**
 * Bytes that AdamW reads and writes for a parameter: value, gradient and two moments; all but the gradient are
 * written back.
 */
const UPDATE_BYTES = 28;
/** Bytes of a parameter, a gradient or a moment. */
const FLOAT_BYTES = 4;
/** Fraction of a link's bandwidth that TCP uses for data. */
const USABLE_LINK = 0.92;
/** Seconds of latency of a message over TCP. */
const LATENCY = 50e-6;
/** Fraction of the time of a forward and a backward pass that the backward pass takes. */
const BACKWARD = 2 / 3;

/**
 * Estimates the time of a step on a number of ranks that divide an update of a fixed size. A ring or a tree of N
 * ranks sends `2 (N - 1) / N` times the gradients' bytes over each link. The backward pass of the last micro-batch
 * hides the time for sums of gradients that are ready. Ranks with a sharded optimizer send as many bytes: half for
 * sums of gradients, and half for new values of parameters, whose time is not hidden.
 *
 * @see Rabenseifner 2004, Optimization of Collective Reduction Operations, for the bytes
 */
export function stepCost(
  ranks: number,
  update: Update,
  cluster: Cluster,
  { shardOptimizer = false }: { readonly shardOptimizer?: boolean } = {},
): StepCost {
  const shards = shardOptimizer ? ranks : 1;
  const { step, ...parts } = partsOf(ranks, update, cluster, shards);
  const alone = ranks === 1 ? step : partsOf(1, update, cluster, 1).step;
  const bytes = FLOAT_BYTES * update.parameters * (2 + 2 / shards);
  return { ranks, ...parts, step, efficiency: alone / (ranks * step), bytes };
}

function partsOf(
  ranks: number,
  { parameters, operationsPerToken, tokens, microBatchTokens, shareOfPeak, lastShare }: Update,
  { operationsPerSecond, memoryPerSecond, networkPerSecond }: Cluster,
  shards: number,
): Pick<StepCost, 'computing' | 'updating' | 'waiting' | 'step'> {
  const perToken = operationsPerToken / (shareOfPeak * operationsPerSecond);
  // All ranks wait for the rank with most micro-batches.
  const microBatches = Math.ceil(tokens / microBatchTokens / ranks);
  const computing = Math.min(tokens, microBatches * microBatchTokens) * perToken;
  const updating = (UPDATE_BYTES * parameters) / shards / memoryPerSecond;
  const bytes = ((2 * (ranks - 1)) / ranks) * FLOAT_BYTES * parameters;
  const sent = bytes / (USABLE_LINK * networkPerSecond) + 2 * Math.ceil(Math.log2(ranks)) * LATENCY;
  const values = shards > 1 ? sent / 2 : 0;
  const sums = sent - values;
  const hidden = BACKWARD * Math.min(tokens, microBatchTokens) * perToken;
  const waiting = values + lastShare * sums + Math.max(0, (1 - lastShare) * sums - hidden);
  return { computing, updating, waiting, step: computing + updating + waiting };
}

/**
 * Returns the speed of a run's steps as a fraction of the speed of matrix products: the median over the run's log. Time
 * spent waiting for other ranks does not count.
 *
 * @returns `undefined` if the log has no such step.
 */
export function shareOfSteps(log: readonly LogEntry[]): number | undefined {
  const shares = log.flatMap(({ peakShare, waitedShare = 0 }) =>
    peakShare !== undefined && waitedShare < 1 ? [peakShare / (1 - waitedShare)] : [],
  );
  return shares.sort((a, b) => a - b).at(shares.length >> 1);
}
