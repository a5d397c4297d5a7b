import { checkSequenceTokens } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { PromptReader } from './prompt-reader.js';
import { Roster } from './roster.js';
import { hasReadPrompt, widthOf, promptState } from './active-sequence.js';
import type { ScheduledRequest, ScheduledSequence } from './scheduled-sequence.js';
import { SlotTable } from './slot-table.js';
import { TokenWriter } from './token-writer.js';

/** The size of the scheduler's batch. */
export interface SchedulerOptions {
  /** Number of slots: sequences and beams in one batch; the others wait. */
  readonly batchSize: number;
  /**
   * Number of slots in addition to `batchSize` that only urgent requests get; 0 unless given. They get slots of
   * the batch too when no other request waits.
   */
  readonly urgentSlots?: number;
  /** Number of positions of a slot; default: the model's context. */
  readonly capacity?: number;
  /**
   * Maximum number of tokens of a prompt that are read in a step: the more, the sooner a prompt is read,
   * and the longer the others wait for their next token.
   */
  readonly promptTokensPerStep?: number;
  /**
   * What a step does where prompts wait to be read while sequences are written: `turns` alternates, and
   * reads no more than `promptTokensPerStep` in all, so that no request waits long; `prompts` reads a part of
   * every prompt first, and then gives a token to those that do not have one of this round, so that all is
   * written soonest.
   */
  readonly priority?: 'turns' | 'prompts';
}

/** Continuous batching: a sequence that waits joins at the next step when a slot is free. */
export interface Scheduler {
  /** Number of slots in use, by sequences and by beams. */
  readonly running: number;
  /** Number of slots that waiting sequences need. */
  readonly waiting: number;
  /**
   * Queues a request's sequences, those of an urgent request ahead of the others.
   *
   * @throws RangeError when the prompt is empty, longer than the context, or has an unknown id, or when
   *   a sequence has more beams than there are slots.
   */
  add(request: ScheduledRequest): void;
  /** Frees a sequence's slots, or takes it out of the queue; nothing when it is done. */
  remove(sequence: ScheduledSequence): void;
  /** Takes all sequences out of the queue. */
  removeWaiting(): readonly ScheduledSequence[];
  /** Fails every sequence, those that wait too: after an error of the model nothing can go on. */
  failAll(error: unknown): void;
  /**
   * Calls the model once: gives every sequence that is being written its next token, or reads on in
   * the prompts of others. In turns a new sequence waits for one call at most before its prompt is read,
   * and those that are written for one between two tokens.
   *
   * @returns whether there is more to do.
   */
  step(): boolean;
}

/**
 * Decodes sequences of many callers in one batch. What a sequence reads and writes does not depend
 * on the others, nor on when it joined: each has slots of its own, and a long prompt is cut at the
 * same tokens whatever else goes on. Parts with which a prompt begins like another one are read
 * once.
 *
 * @throws RangeError for a batch size or a number of tokens below 1.
 * @see Yu et al. 2022, Orca (sequences join and leave between steps),
 *   https://www.usenix.org/conference/osdi22/presentation/yu
 * @see Agrawal et al. 2023, SARATHI (prompts read in parts), https://arxiv.org/abs/2308.16369
 * @see Kwon et al. 2023, PagedAttention (prefixes shared in whole parts), https://arxiv.org/abs/2309.06180
 */
export function createScheduler(
  model: Model,
  {
    batchSize,
    urgentSlots = 0,
    capacity,
    promptTokensPerStep = 128,
    priority = 'turns',
  }: SchedulerOptions,
): Scheduler {
  checkCount('batchSize', batchSize);
  checkCount('promptTokensPerStep', promptTokensPerStep);
  const isInTurns = priority === 'turns';
  const table = new SlotTable(model.config, {
    count: batchSize + urgentSlots,
    capacity,
    chunkSize: promptTokensPerStep,
  });
  const roster = new Roster(table, urgentSlots);
  const shared = { model, table, roster };
  const writer = new TokenWriter({ ...shared, isAheadOfPrompts: !isInTurns });
  const tokensPerStep = isInTurns ? promptTokensPerStep : Infinity;
  const reader = new PromptReader({ ...shared, writer, tokensPerStep });
  let hasJustRead = false;

  return {
    get running() {
      return roster.active.reduce((sum, entry) => sum + widthOf(entry), 0);
    },
    get waiting() {
      return roster.waiting.reduce((sum, entry) => sum + widthOf(entry), 0);
    },
    add: (request) => {
      const prompt = promptState(request.prompt, request);
      checkSequenceTokens(model.config, prompt.tokens);
      for (const sequence of request.sequences) checkWidth(sequence, batchSize);
      roster.add(prompt, request);
    },
    remove: (sequence) => roster.remove(sequence),
    removeWaiting: () => roster.removeWaiting(),
    failAll: (error) => roster.failAll(error),
    step: () => {
      // One by one: a choice may take out others that wait.
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
 * Checks an option that counts something.
 *
 * @throws RangeError for what is no integer of at least 1.
 */
export function checkCount(name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${name}: expected an integer of at least 1, got ${count}`);
  }
}

/**
 * Checks that a sequence will find room at some time.
 *
 * @throws RangeError for a beam search with more beams than there are slots.
 */
function checkWidth({ width = 1 }: ScheduledSequence, batchSize: number): void {
  if (width <= batchSize) return;
  throw new RangeError(`width: expected at most ${batchSize} beams (batchSize), got ${width}`);
}
