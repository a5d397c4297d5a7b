import { advance, type Feed } from '../model/advance.js';
import { checkTokens } from '../model/forward.js';
import { copySequence, createKvCache, resetSequence } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import type { BatchJob, BatchSequence } from './batch-job.js';

export interface BatcherOptions {
  /** Sequences that are written side by side; the others wait. */
  readonly batchSize: number;
  /**
   * Tokens of prompts that are read in a step, beside the sequences that are being written: the more,
   * the sooner a prompt is read, and the longer the others wait for their next token.
   */
  readonly promptTokensPerStep?: number;
}

/** Continuous batching: a sequence that waits joins at the next step when a place is free. */
export interface Batcher {
  /** Sequences that have a place. */
  readonly running: number;
  /** Sequences that wait for one. */
  readonly waiting: number;
  /**
   * Puts a job's sequences behind those that wait.
   *
   * @throws RangeError when the prompt is empty, longer than the context, or has an unknown id.
   */
  add(job: BatchJob): void;
  /** Frees a sequence's place, or takes it out of the queue; nothing when it is done. */
  remove(sequence: BatchSequence): void;
  /**
   * Gives every sequence that is being written its next token, and reads on in the prompts of others.
   *
   * @returns whether there is more to do.
   */
  step(): boolean;
}

/** A job in work. */
interface Work extends BatchJob {
  readonly tokens: readonly number[];
  /** After the whole prompt, once it was read. */
  firstLogits: Float32Array;
  /** Positions of the prompt whose logits were told. */
  told: number;
}

interface Entry {
  readonly work: Work;
  readonly sequence: BatchSequence;
}

interface Running extends Entry {
  /** In the cache. */
  readonly place: number;
  /** Tokens of the prompt that it has read. */
  read: number;
  /** The token to feed, once the prompt is read. */
  next?: number;
}

/**
 * Writes sequences of many callers side by side. What a sequence reads and writes does not depend on
 * the others, nor on when it joined: each has its own place in the cache, and a long prompt is cut at
 * the same tokens whatever else goes on.
 *
 * @see Yu et al. 2022, Orca (sequences join and leave between steps),
 *   https://www.usenix.org/conference/osdi22/presentation/yu
 * @see Agrawal et al. 2023, SARATHI (prompts read in parts), https://arxiv.org/abs/2308.16369
 */
export function createBatcher(
  model: Model,
  { batchSize, promptTokensPerStep = 128 }: BatcherOptions,
): Batcher {
  const { contextLength, vocabSize } = model.config;
  const cache = createKvCache(model.config, batchSize);
  const free = Array.from({ length: batchSize }, (_, place) => place).reverse();
  let queue: Entry[] = [];
  let running: Running[] = [];

  /** Gives free places to those that wait longest. */
  function admit(): void {
    for (const entry of queue.splice(0, free.length)) {
      const joined: Running = { ...entry, place: free.pop() ?? 0, read: 0 };
      const sibling = running.find((other) => other.work === entry.work && hasRead(other));
      running.push(joined);
      if (!sibling) continue;
      copyPrompt(sibling, joined);
      choose(joined, entry.work.firstLogits);
    }
  }

  /** Gives a sequence the prompt that another of its job has read. */
  function copyPrompt(from: Running, to: Running): void {
    copySequence(cache, from.place, to.place);
    to.read = cache.lengths[to.place] = to.work.tokens.length;
  }

  /** The parts of prompts that are read in this step: the first whatever its length, then what fits. */
  function promptParts(): [Running, Feed][] {
    const parts: [Running, Feed][] = [];
    const jobs = new Set<Work>();
    let left = promptTokensPerStep;
    for (const reader of running) {
      const { work, place, read } = reader;
      if (hasRead(reader) || jobs.has(work)) continue; // one sequence reads for all of its job
      jobs.add(work);
      const { prefixLength } = read === 0 ? work.prompt : {};
      const length = Math.max(work.onPromptLogits ? 1 : promptTokensPerStep, prefixLength ?? 0);
      const tokens = work.tokens.slice(read, read + length);
      if (parts.length > 0 && tokens.length > left) continue;
      left -= tokens.length;
      parts.push([reader, { sequence: place, tokens, prefixLength }]);
    }
    return parts;
  }

  function readOn(reader: Running, count: number, logits: Float32Array): void {
    const { work } = reader;
    reader.read += count;
    if (hasRead(reader)) {
      work.firstLogits = logits.slice();
      const siblings = running.filter((other) => other.work === work && !hasRead(other));
      for (const sibling of siblings) copyPrompt(reader, sibling);
      for (const entry of [reader, ...siblings]) choose(entry, work.firstLogits);
    } else if (reader.read > work.told) {
      work.told = reader.read;
      work.onPromptLogits?.(logits);
    }
  }

  function choose(writer: Running, logits: Float32Array): void {
    const { sequence, place } = writer;
    if (!running.includes(writer)) return; // another's choice took it out
    try {
      writer.next = sequence.choose(logits);
      if (writer.next === undefined) leave(writer);
      else if (cache.lengths[place] === contextLength) {
        throw new RangeError(
          `sequence: expected at most the ${contextLength} tokens of the context, got one more`,
        );
      }
    } catch (error) {
      leave(writer);
      sequence.fail(error);
    }
  }

  function leave(writer: Running): void {
    running = running.filter((other) => other !== writer);
    resetSequence(cache, writer.place);
    free.push(writer.place);
  }

  return {
    get running() {
      return running.length;
    },
    get waiting() {
      return queue.length;
    },
    add: (job) => {
      const tokens = Array.from(job.prompt.tokens);
      checkTokens(model.config, tokens, tokens.length);
      const work: Work = { ...job, tokens, firstLogits: new Float32Array(), told: 0 };
      queue.push(...job.sequences.map((sequence) => ({ work, sequence })));
    },
    remove: (sequence) => {
      queue = queue.filter((other) => other.sequence !== sequence);
      const writer = running.find((other) => other.sequence === sequence);
      if (writer) leave(writer);
    },
    step: () => {
      admit();
      const writers = running.flatMap((writer): [Running, Feed][] =>
        writer.next === undefined
          ? []
          : [[writer, { sequence: writer.place, tokens: [writer.next] }]],
      );
      const fed = [...writers, ...promptParts()];
      if (fed.length > 0) {
        const feeds = fed.map(([, feed]) => feed);
        const logits = advance(model, cache, feeds);
        for (const [row, [entry, { tokens }]] of fed.entries()) {
          const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
          if (hasRead(entry)) choose(entry, own);
          else readOn(entry, tokens.length, own);
        }
      }
      return running.length > 0 || queue.length > 0;
    },
  };
}

function hasRead({ work, read }: Running): boolean {
  return read === work.tokens.length;
}
