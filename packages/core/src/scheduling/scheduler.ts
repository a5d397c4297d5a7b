import { checkSequenceTokens } from '../model/forward.js';
import { checkReader, type Model } from '../model/model-in-use.js';
import { PromptReader } from './prompt-reader.js';
import { Roster } from './roster.js';
import {
  hasReadPrompt,
  promptState,
  type ScheduledRequest,
  type ScheduledSequence,
  widthOf,
} from './scheduled-sequence.js';
import { SlotTable } from './slot-table.js';
import { TokenWriter } from './token-writer.js';

/** Default of `promptTokensPerStep`: the number of prompt tokens that a step runner of an engine computes at once. */
export const PROMPT_TOKENS_PER_STEP = 128;

/** Sizes and priority of a scheduler. */
export interface SchedulerOptions {
  /** Maximum number of sequences and beams in one batch; others wait for a slot. */
  readonly batchSize: number;
  /**
   * Number of slots in addition to `batchSize` that only urgent requests may use; default 0. Urgent requests
   * may also use slots of the batch if no other request waits.
   */
  readonly urgentSlots?: number;
  /** Maximum number of positions of a slot; default: the model's context. */
  readonly capacity?: number;
  /**
   * Maximum number of prompt tokens in a step (chunked prefill); default 128. With a higher number, prompts
   * are read sooner, and the other sequences wait longer for their next token.
   */
  readonly promptTokensPerStep?: number;
  /**
   * Order of work if some prompts are unread while other sequences generate; default `turns`. `turns` alternates
   * and reads at most `promptTokensPerStep` tokens in all, for a low latency of each request. `prompts` reads a
   * chunk of every prompt first and then generates, for the highest throughput.
   */
  readonly priority?: 'turns' | 'prompts';
}

/** Continuous batching: a waiting sequence joins the batch at the first step that has a free slot for it. */
export interface Scheduler {
  /** Number of slots in use, one per sequence or beam. */
  readonly running: number;
  /** Number of slots that the waiting sequences need. */
  readonly waiting: number;
  /**
   * Queues the sequences of a request. Sequences of urgent requests come first.
   *
   * @throws RangeError if the prompt is empty, is longer than the context, or has an unknown id, if a sequence has
   *   more beams than `batchSize`, or if the request's model differs from the scheduler's in more than its adapters.
   */
  add(request: ScheduledRequest): void;
  /** Removes a waiting or an active sequence and frees its slots; does nothing if it is done. */
  remove(sequence: ScheduledSequence): void;
  /** Removes all waiting sequences, and returns them. */
  removeWaiting(): readonly ScheduledSequence[];
  /** Removes all sequences, including waiting ones, and calls their `fail` with an error of the model. */
  failAll(error: unknown): void;
  /**
   * Calls the model once, either to read chunks of prompts or to give active sequences their next token. With
   * the priority `turns`, a new prompt waits for at most one call, and so does the next token of a sequence.
   *
   * @returns whether any sequence is active or waiting.
   */
  step(): boolean;
}

/**
 * Creates a scheduler, which decodes the sequences of many callers in one batch. The output of a sequence
 * does not depend on the other sequences or on when it joined: each has its own slots, and a prompt is cut
 * into chunks at the same tokens in any batch. Chunks that several prompts begin with are read once.
 *
 * @throws RangeError if `batchSize` or `promptTokensPerStep` is not an integer of at least 1.
 * @see Yu et al. 2022, Orca (sequences join and leave between steps),
 * https://www.usenix.org/conference/osdi22/presentation/yu
 * @see Agrawal et al. 2023, SARATHI (chunked prefill), https://arxiv.org/abs/2308.16369
 * @see Kwon et al. 2023, PagedAttention (prefixes shared in whole blocks), https://arxiv.org/abs/2309.06180
 */
export function createScheduler(
  model: Model,
  {
    batchSize,
    urgentSlots = 0,
    capacity,
    promptTokensPerStep = PROMPT_TOKENS_PER_STEP,
    priority = 'turns',
  }: SchedulerOptions,
): Scheduler {
  checkCount('batchSize', batchSize);
  checkCount('promptTokensPerStep', promptTokensPerStep);
  const isInTurns = priority === 'turns';
  const slots = batchSize + urgentSlots;
  const table = new SlotTable(model.decoder, slots, promptTokensPerStep, capacity);
  const roster = new Roster(table, urgentSlots);
  const writer = new TokenWriter(model, table, roster, !isInTurns);
  const tokensPerStep = isInTurns ? promptTokensPerStep : Infinity;
  const reader = new PromptReader(model, table, roster, writer, tokensPerStep);
  let hasJustRead = false;

  return {
    get running() {
      return roster.active.reduce((sum, entry) => sum + widthOf(entry), 0);
    },
    get waiting() {
      return roster.waiting.reduce((sum, entry) => sum + widthOf(entry), 0);
    },
    add: (request) => {
      const { model: reader = model } = request;
      checkReader(model, reader);
      const prompt = promptState(request.prompt, { ...request, model: reader });
      checkSequenceTokens(model.decoder, prompt.tokens);
      for (const sequence of request.sequences) checkWidth(sequence, batchSize);
      roster.add(prompt, request);
    },
    remove: (sequence) => roster.remove(sequence),
    removeWaiting: () => roster.removeWaiting(),
    failAll: (error) => roster.failAll(error),
    step: () => {
      // One at a time: a first choice may remove waiting sequences.
      for (let joined = roster.admit(); joined; joined = roster.admit()) {
        if (hasReadPrompt(joined)) writer.chooseFirst(joined);
      }
      table.reorderBeams();
      const canRead = roster.active.some((entry) => !hasReadPrompt(entry));
      const canWrite = roster.active.some(({ next }) => next !== undefined);
      const isWritersTurn = isInTurns && hasJustRead && canWrite;
      hasJustRead = canRead && !isWritersTurn;
      if (hasJustRead) reader.step();
      else if (canWrite) writer.step();
      table.reorderBeams();
      return roster.active.length > 0 || roster.waiting.length > 0;
    },
  };
}

/**
 * Checks an option that is a count.
 *
 * @throws RangeError if it is not an integer of at least 1.
 */
export function checkCount(name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${name}: expected an integer of at least 1, got ${count}`);
  }
}

/**
 * Checks that the beams of a sequence fit in the batch.
 *
 * @throws RangeError for more beams than `batchSize`.
 */
function checkWidth({ width = 1 }: ScheduledSequence, batchSize: number): void {
  if (width <= batchSize) return;
  throw new RangeError(`width: expected at most ${batchSize} beams (batchSize), got ${width}`);
}
