import { mostPositions } from '../attention/attention-layers.js';
import { advance } from '../model/advance.js';
import type { Feed } from '../model/feed.js';
import { checkSequenceTokens } from '../model/forward.js';
import { copySequence, createKvCache, resetSequence, truncateSequence } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { reorderSequences } from '../model/reorder-sequences.js';
import type { BatchJob, BatchSequence, NextRead } from './batch-job.js';

/** How many sequences share a step of the model. */
export interface BatcherOptions {
  /** Places for sequences that are written side by side; the others wait. */
  readonly batchSize: number;
  /**
   * Tokens of prompts that are read in a step, beside the sequences that are being written: the more,
   * the sooner a prompt is read, and the longer the others wait for their next token.
   */
  readonly promptTokensPerStep?: number;
}

/** Continuous batching: a sequence that waits joins at the next step when a place is free. */
export interface Batcher {
  /** Places that are taken, by sequences and by beams. */
  readonly running: number;
  /** Places that are waited for. */
  readonly waiting: number;
  /**
   * Puts a job's sequences behind those that wait.
   *
   * @throws RangeError when the prompt is empty, longer than the context, or has an unknown id, or when
   *   a sequence has more beams than there are places.
   */
  add(job: BatchJob): void;
  /** Frees a sequence's place, or takes it out of the queue; nothing when it is done. */
  remove(sequence: BatchSequence): void;
  /** Fails every sequence, those that wait too: after an error of the model nothing can go on. */
  failAll(error: unknown): void;
  /**
   * Calls the model once: gives every sequence that is being written its next token, or reads on in
   * the prompts of others. Where both are wanted they take turns, so that a new sequence waits for one
   * call at most before its prompt is read, and those that are written for one between two tokens.
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

interface Running extends Omit<Entry, 'work'> {
  /** Its places in the cache, one a beam; the prompt is read in the first. */
  readonly places: readonly number[];
  /** What it reads before it writes: the prompt, or what stays of the context when that was full. */
  work: Work;
  /** Tokens of it that it has read. */
  read: number;
  /** The token to feed in each place, once the prompt is read. */
  next?: readonly number[];
}

/** What is read of a prompt in one step. */
interface Part {
  readonly reader: Running;
  readonly feed: Feed;
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
  const rowsOf = (logits: Float32Array, row: number, count = 1): Float32Array =>
    logits.subarray(row * vocabSize, (row + count) * vocabSize);
  let queue: Entry[] = [];
  let running: Running[] = [];
  let hasJustRead = false;

  /** Gives free places to those that wait longest. */
  function admit(): void {
    // One by one: a choice may take out others that wait.
    while (queue.length > 0 && widthOf(queue[0]) <= free.length) {
      const [entry] = queue.splice(0, 1);
      const joined: Running = { ...entry, places: takePlaces(widthOf(entry)), read: 0 };
      const sibling = running.find((other) => other.work === entry.work && hasRead(other));
      running.push(joined);
      if (sibling && copyPrompt(sibling, joined)) choose(joined, entry.work.firstLogits);
    }
  }

  function takePlaces(width: number): number[] {
    return free.splice(-width).reverse();
  }

  /**
   * Gives a sequence the prompt that another of its job has read, as far as that one still knows it.
   *
   * @returns whether that is all of it.
   */
  function copyPrompt(from: Running, to: Running): boolean {
    copySequence(cache, from.places[0], to.places[0]);
    to.read = truncateSequence(cache, to.places[0], to.work.tokens.length);
    return hasRead(to);
  }

  /** Gives each sequence whose prompt is read its next token. */
  function write(): void {
    const writers = running.filter(({ next }) => next !== undefined);
    if (writers.length === 0) return;
    const feeds = writers.flatMap(({ places, next = [] }) =>
      next.map((token, i) => ({ sequence: places[i], tokens: [token] })),
    );
    const logits = advance(model, cache, feeds);
    let row = 0;
    for (const writer of writers) {
      const count = writer.next?.length ?? 0; // another's choice may take it out, but not change it
      choose(writer, rowsOf(logits, row, count));
      row += count;
    }
  }

  /** Reads parts of prompts: of the first one whatever its length, of the others what fits. */
  function read(): void {
    const parts: Part[] = [];
    const jobs = new Set<Work>();
    let left = promptTokensPerStep;
    for (const reader of running) {
      if (hasRead(reader) || jobs.has(reader.work)) continue; // one sequence reads for all of its job
      jobs.add(reader.work);
      const feed = nextPart(reader);
      if (parts.length > 0 && feed.tokens.length > left) continue;
      left -= feed.tokens.length;
      parts.push({ reader, feed });
    }
    const tellsAll = parts.some(({ reader }) => reader.work.onPromptLogits);
    const feeds = parts.map(({ feed }) => feed);
    const logits = advance(model, cache, feeds, { logits: tellsAll ? 'all' : 'last' });
    let row = 0;
    for (const { reader, feed } of parts) {
      const count = tellsAll ? feed.tokens.length : 1;
      const rows = Array.from({ length: count }, (_, i) => rowsOf(logits, row + i));
      row += count;
      readOn(reader, feed.tokens.length, rows);
    }
  }

  /** A prompt is cut at the same tokens whatever else is read, so that rounding is the same too. */
  function nextPart({
    work,
    places,
    read,
  }: Running): Feed & { readonly tokens: readonly number[] } {
    const { prefixLength } = read === 0 ? work.prompt : {};
    const length = Math.max(promptTokensPerStep, prefixLength ?? 0);
    return { sequence: places[0], tokens: work.tokens.slice(read, read + length), prefixLength };
  }

  /** @param rows - Logits after each token of the part, or after its last one. */
  function readOn(reader: Running, count: number, rows: readonly Float32Array[]): void {
    const { work } = reader;
    for (const [i, row] of work.onPromptLogits ? rows.entries() : []) {
      const position = reader.read + i;
      if (position < work.told || position === work.tokens.length - 1) continue;
      work.told = position + 1;
      work.onPromptLogits?.(row);
    }
    if (!running.includes(reader)) return; // another's choice took it out, and what it has read
    reader.read += count;
    if (!hasRead(reader)) return;
    work.firstLogits = rows[rows.length - 1].slice();
    const siblings = running.filter((other) => other.work === work && !hasRead(other));
    for (const sibling of siblings) copyPrompt(reader, sibling);
    for (const entry of [reader, ...siblings]) choose(entry, work.firstLogits);
  }

  function choose(writer: Running, logits: Float32Array): void {
    const { sequence } = writer;
    if (!running.includes(writer)) return; // another's choice took it out
    try {
      const next = sequence.choose(logits);
      if (next === undefined) leave(writer);
      else if (running.includes(writer)) goOn(writer, next); // its own choice may have taken it out
    } catch (error) {
      leave(writer);
      sequence.fail(error);
    }
  }

  /** Prepares a sequence's next feed. */
  function goOn(writer: Running, next: NextRead): void {
    const { places } = writer;
    if (typeof next === 'object' && next.kind === 'restart') {
      const tokens = Array.from(next.tokens);
      checkSequenceTokens(model.config, tokens);
      resetSequence(cache, places[0]);
      writer.work = workOf({ prompt: { tokens }, sequences: [writer.sequence] });
      writer.read = 0;
      writer.next = undefined;
      return;
    }
    if (typeof next === 'object') giveToSurvivors(places, next.sources);
    writer.next = typeof next === 'object' ? next.tokens : [next];
    const longest = Math.max(...writer.next.map((_, i) => cache.lengths[places[i]]));
    if (longest < mostPositions(model.config)) return;
    throw new RangeError(
      `sequence: expected at most the ${contextLength} tokens of the context, got one more`,
    );
  }

  /** Gives each beam's place what the beam has seen that it goes on from. */
  function giveToSurvivors(places: readonly number[], sources: readonly number[]): void {
    const all = Array.from(cache.lengths.keys());
    for (const [i, source] of sources.entries()) all[places[i]] = places[source];
    reorderSequences(cache, all);
  }

  /** Frees a sequence's places; nothing when it has none any more. */
  function leave(writer: Running): void {
    if (!running.includes(writer)) return;
    running = running.filter((other) => other !== writer);
    for (const place of writer.places) resetSequence(cache, place);
    free.push(...[...writer.places].reverse());
  }

  return {
    get running() {
      return running.reduce((sum, writer) => sum + widthOf(writer), 0);
    },
    get waiting() {
      return queue.reduce((sum, entry) => sum + widthOf(entry), 0);
    },
    add: (job) => {
      const work = workOf(job);
      checkSequenceTokens(model.config, work.tokens);
      for (const sequence of job.sequences) checkWidth(sequence, batchSize);
      queue.push(...job.sequences.map((sequence) => ({ work, sequence })));
    },
    remove: (sequence) => {
      queue = queue.filter((other) => other.sequence !== sequence);
      const writer = running.find((other) => other.sequence === sequence);
      if (writer) leave(writer);
    },
    failAll: (error) => {
      const entries = [...running, ...queue];
      for (const writer of running) leave(writer);
      queue = [];
      for (const { sequence } of entries) sequence.fail(error);
    },
    step: () => {
      admit();
      const canRead = running.some((entry) => !hasRead(entry));
      const canWrite = running.some(({ next }) => next !== undefined);
      hasJustRead = canRead && !(hasJustRead && canWrite);
      if (hasJustRead) read();
      else write();
      return running.length > 0 || queue.length > 0;
    },
  };
}

function workOf(job: BatchJob): Work {
  const tokens = Array.from(job.prompt.tokens);
  return { ...job, tokens, firstLogits: new Float32Array(), told: 0 };
}

function widthOf({ sequence: { width = 1 } }: Pick<Entry, 'sequence'>): number {
  return width;
}

/** @throws RangeError for a beam search that never finds room. */
function checkWidth({ width = 1 }: BatchSequence, batchSize: number): void {
  if (width <= batchSize) return;
  throw new RangeError(`width: expected at most ${batchSize} beams (batchSize), got ${width}`);
}

function hasRead({ work, read }: Running): boolean {
  return read === work.tokens.length;
}
