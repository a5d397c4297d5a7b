import type { CheckedSampling } from '../config/sampling-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Clock } from '../files/bytes.js';
import type { Model } from '../model/model.js';
import type { LookupCounts } from '../sampling/prompt-lookup.js';
import type { SamplingChoice, SamplingRules } from '../sampling/sampling-rules.js';
import type { SequenceEnd, SequenceEvent } from '../sampling/sequence.js';
import type { Scheduler } from './scheduler.js';

/** Options of `generate`: how tokens are chosen, how many outputs are generated, and what ends them. */
export interface GenerateOptions extends SamplingChoice, WritingOptions {}

/** Options of `generate` for the number of outputs, the size of batches and the end of outputs. */
export interface WritingOptions {
  /**
   * Number of outputs for each prompt, with separate random numbers; default 1. A beam search returns `nBest`
   * outputs instead.
   */
  readonly count?: number;
  /** Maximum number of sequences in a batch, default 16; the others wait. */
  readonly batchSize?: number;
  /**
   * Called after each token; returns true to end the sequence, for example at a stop text. A beam search also calls
   * it with outputs that may not survive, so the result must depend only on the tokens.
   */
  readonly stopWhen?: (sequence: number, output: readonly number[]) => boolean;
  /**
   * Maximum number of tokens of each prompt that a step reads. The default is 128. On engines that decode op by op,
   * which read a whole prompt fastest, it is at least the context.
   */
  readonly promptTokensPerStep?: number;
  /** Time after which unfinished outputs end, in seconds from the start, measured by `clock`. */
  readonly timeLimit?: { readonly clock: Clock; readonly seconds: number };
}

/**
 * An event of one output. `sequence` is the index of the output: `prompt * count + i` for output i of a prompt, with
 * `count` the number of outputs of each prompt (`nBest` for a beam search).
 */
export type GenerationEvent = { readonly sequence: number } & OutputEvent;

/** An event of an output: a token, a slide of the context window, or the end of the output. */
export type OutputEvent = Exclude<SequenceEvent, SequenceEnd> | GenerationEnd;

/** Reason why an output ended, and the score of a beam. */
export type GenerationEnd = (
  | SequenceEnd
  /** `stopWhen` returned true, or the time limit passed. */
  | { readonly kind: 'end'; readonly reason: 'asked' | 'time' }
) & {
  /** The score of a beam: the sum of its log-probabilities after filters, divided by the length penalty. */
  readonly score?: number;
  /** Counts of the draft tokens of prompt lookup. */
  readonly lookup?: LookupCounts;
};

/** A request to `generate` whose options were checked and completed with defaults. */
export interface WritingTask extends Required<Omit<WritingOptions, 'timeLimit'>> {
  readonly model: Model;
  readonly prompts: readonly TokenPrompt[];
  readonly rules: SamplingRules;
  /** Whether the time limit has passed. */
  readonly isLate: () => boolean;
}

/** Returns the maximum number of positions that a sequence of a task needs. */
export function capacityFor({
  model,
  prompts,
  config: { maxNewTokens },
}: Pick<WritingTask, 'model' | 'prompts'> & Pick<SamplingRules, 'config'>): number {
  const longest = prompts.reduce((max, { tokens }) => Math.max(max, tokens.length), 0);
  return Math.min(model.decoder.maxPositions, longest + maxNewTokens);
}

/**
 * Checks that several outputs of one prompt can differ.
 *
 * @throws RangeError for more than one output with beams, or with the method greedy.
 */
export function checkOutputCount(
  count: number,
  { numBeams, method }: Pick<CheckedSampling, 'numBeams' | 'method'>,
): void {
  if (numBeams > 1 && count > 1) {
    throw new RangeError(
      `count: expected 1 with numBeams (${numBeams}), got ${count}; nBest returns several`,
    );
  }
  if (method === 'greedy' && count > 1) {
    throw new RangeError(
      `count: expected 1 with the method greedy, whose outputs would all be the same, got ${count}`,
    );
  }
}

/**
 * Runs the steps of a scheduler while it has sequences. An error of the model fails all of them.
 *
 * @param yieldTurn - Called before each step; resolves after other tasks have had their turn.
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

/** Globals that exist in Node.js or in browsers. */
interface Global {
  readonly setImmediate?: (then: () => void) => unknown;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: undefined): void };
  };
}

/**
 * Resolves after other tasks of the process or page have had their turn. This takes less time than a timer,
 * and also works in background tabs.
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
