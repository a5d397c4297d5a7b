import { REWINDABLE } from '../attention/layer-cache.js';
import { advance } from '../model/advance.js';
import type { Feed } from '../model/feed.js';
import { checkSequenceTokens } from '../model/forward.js';
import { reserveTokens, truncateSequence } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { reorderSequences } from '../model/reorder-sequences.js';
import { slideSequence } from '../model/slide-sequence.js';
import { createCacheSlots } from './cache-slots.js';
import { checkCount } from './check-count.js';
import { partEnd, sharedParts } from './prompt-parts.js';
import {
  checkWidth,
  type Entry,
  hasRead,
  type Running,
  widthOf,
  type Work,
  workOf,
} from './running-sequence.js';
import type { NextRead, ScheduledRequest, ScheduledSequence } from './scheduled-sequence.js';

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

/** What is read of a prompt in one step. */
interface Part {
  readonly reader: Running;
  readonly feed: Feed & { readonly tokens: readonly number[] };
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
  const { contextLength, vocabSize } = model.config;
  const partLength = promptTokensPerStep;
  const count = batchSize + urgentSlots;
  const slots = createCacheSlots(model.decoder, { count, capacity, partLength });
  const { cache } = slots;
  /** Logits of a step, which the next one overwrites: whoever chooses may keep none. */
  const stepLogits = new Float32Array(count * vocabSize);
  const rowsOf = (logits: Float32Array, row: number, count = 1): Float32Array =>
    logits.subarray(row * vocabSize, (row + count) * vocabSize);
  let queue: Entry[] = [];
  let running: Running[] = [];
  let hasJustRead = false;
  /** The slot that each slot of a beam goes on from, until the end of the step. */
  const survivors = new Map<number, number>();

  /**
   * The sequence that gets slots next, if there are enough. An urgent one takes slots of the batch when no other
   * sequence waits, or when it needs more slots than are kept for urgent ones.
   */
  function nextEntry(): Entry | undefined {
    const fits = (entry: Entry, free: number): boolean => widthOf(entry) <= free;
    const urgent = running.filter(({ work }) => work.isUrgent);
    const kept = urgentSlots - urgent.reduce((sum, entry) => sum + widthOf(entry), 0);
    const { freeCount } = slots;
    const ordinary = queue.find(({ work }) => !work.isUrgent);
    if (queue.length > 0 && queue[0] !== ordinary) {
      const [first] = queue;
      const takesAny = ordinary === undefined || !fits(first, urgentSlots);
      if (fits(first, takesAny ? freeCount : Math.min(freeCount, kept))) return first;
      if (takesAny) return undefined; // others would take the slots that it waits for
    }
    return ordinary && fits(ordinary, freeCount - Math.max(0, kept)) ? ordinary : undefined;
  }

  /** Gives free slots to those that wait longest, the urgent first. */
  function admit(): void {
    // One by one: a choice may take out others that wait.
    for (let entry = nextEntry(); entry; entry = nextEntry()) {
      queue.splice(queue.indexOf(entry), 1);
      const { work } = entry;
      const sibling = running.find((other) => other.work === work && hasRead(other));
      const joined: Running = { ...entry, ...slots.take(widthOf(entry), work), written: [] };
      if (work.onPromptLogits && joined.read > 0) restart(joined); // all of them are to be told
      if (work.isUrgent) running.unshift(joined);
      else running.push(joined);
      work.onStart?.();
      if (!sibling) continue;
      copyPrompt(sibling, joined);
      if (hasRead(joined)) begin(joined);
    }
  }

  /** Has a sequence read what it reads from its beginning. */
  function restart(reader: Running): void {
    slots.clear(reader.slots[0]);
    reader.read = reader.parted = 0;
    reader.written = [];
    reader.next = undefined;
  }

  /** Gives a sequence the prompt that another of its request has read, as far as that one still knows it. */
  function copyPrompt(from: Running, to: Running): void {
    to.read = slots.copyPrompt(from.slots[0], to.slots[0], to.work);
    to.parted = Math.min(to.read, from.parted);
  }

  /** Has a sequence choose its first token behind what it has read. */
  function begin(reader: Running): void {
    reader.isAhead = priority === 'prompts';
    choose(reader, reader.work.firstLogits);
  }

  /** Gives each sequence whose prompt is read its next token. */
  function write(): void {
    const ready = running.filter(({ next }) => next !== undefined);
    const behind = ready.filter(({ isAhead }) => !isAhead);
    const due = behind.length > 0 ? behind : ready;
    for (const writer of ready) writer.isAhead = false;
    const draft = running.length === 1 ? draftOf(running[0]) : [];
    const writers = due.filter((writer) =>
      reserve(writer.slots, 1 + draft.length, (error) => failOne(writer, error)),
    );
    if (writers.length === 0) return;
    const feeds = writers.flatMap(({ slots: own, next = [] }) =>
      next.map((token, i) => ({ sequence: own[i], tokens: [token, ...draft] })),
    );
    const into = draft.length === 0 ? stepLogits : undefined; // a draft may have more rows
    const logits = advance(model, cache, feeds, { logits: 'all', into });
    for (const { next = [], written } of writers) written.push(...next, ...draft);
    if (draft.length > 0) {
      verify(writers[0], draft, logits);
      return;
    }
    let row = 0;
    for (const writer of writers) {
      const count = writer.next?.length ?? 0; // another's choice may take it out, but not change it
      choose(writer, rowsOf(logits, row, count));
      row += count;
    }
  }

  /** Whether there is memory for new tokens in each of these slots; they are emptied where there is none. */
  function reserve(own: readonly number[], count: number, fail: (error: unknown) => void): boolean {
    try {
      for (const slot of own) reserveTokens(cache, slot, count);
      return true;
    } catch (error) {
      fail(error);
      for (const slot of own) slots.clear(slot);
      return false;
    }
  }

  /** A draft costs little where the model reads one sequence; of many each would cost its share. */
  function draftOf({ sequence, slots: [slot], next }: Running): readonly number[] {
    const room = cache.capacity - cache.lengths[slot] - 1;
    return (next?.length === 1 && sequence.draft?.(Math.min(room, REWINDABLE))) || [];
  }

  /** Has a sequence choose after each token of a draft, as long as that is what it chose before. */
  function verify(writer: Running, draft: readonly number[], logits: Float32Array): void {
    const [slot] = writer.slots;
    const certain = cache.lengths[slot] - draft.length;
    const { work } = writer;
    for (let i = 0; i <= draft.length; i++) {
      choose(writer, rowsOf(logits, i), draft.length - i);
      if (!running.includes(writer) || writer.work !== work || writer.next === undefined) return;
      if (writer.next[0] === draft[i]) continue;
      truncateSequence(cache, slot, certain + i); // what is read behind another token is wrong
      writer.written.length -= draft.length - i;
      return;
    }
  }

  /** Reads parts of prompts: of the first one whatever its length, of the others what fits. */
  function read(): void {
    const parts: Part[] = [];
    let left = priority === 'prompts' ? Infinity : promptTokensPerStep;
    for (const reader of running) {
      if (!running.includes(reader)) continue; // it failed with another of its request
      if (hasRead(reader) || parts.some((other) => readsFor(other, reader))) continue;
      const { work, slots: own } = reader;
      if (!work.onPromptLogits) {
        const adopted = slots.adopt(own[0], work, reader.read);
        if (adopted > reader.read) reader.read = reader.parted = adopted;
      }
      const feed = nextPart(reader);
      if (parts.length > 0 && feed.tokens.length > left) continue;
      const fail = (error: unknown): void => failWork(work, error);
      if (!reserve(own.slice(0, 1), feed.tokens.length, fail)) continue;
      left -= feed.tokens.length;
      parts.push({ reader, feed });
    }
    if (parts.length === 0) return;
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

  /** Whether a part is one that another sequence would read too, and can copy in the next step. */
  function readsFor({ reader, feed }: Part, other: Running): boolean {
    if (reader.work === other.work) return true;
    if (other.work.onPromptLogits || slots.layersForget) return false;
    if (reader.parted < reader.read) return false; // in parts of its own
    const sharedAt = (read: number): number =>
      sharedParts({ prompt: reader.work, read }, other.work, partLength);
    const known = Math.max(other.read, sharedAt(reader.read));
    return sharedAt(reader.read + feed.tokens.length) > known;
  }

  function nextPart({ work, slots: [sequence], read }: Running): Part['feed'] {
    const { prefixLength } = read === 0 ? work.prompt : {};
    const tokens = work.tokens.slice(read, partEnd(work, read, partLength));
    return { sequence, tokens, prefixLength };
  }

  /** @param rows - Logits after each token of the part, or after its last one. */
  function readOn(reader: Running, count: number, rows: readonly Float32Array[]): void {
    const { work } = reader;
    try {
      tell(reader, rows);
    } catch (error) {
      failWork(work, error);
    }
    if (!running.includes(reader)) return; // another's choice took it out, and what it has read
    if (reader.parted === reader.read) reader.parted += count;
    reader.read += count;
    slots.hold(reader.slots[0], { prompt: work, read: reader.parted, length: reader.read });
    if (!hasRead(reader)) return;
    work.firstLogits = rows[rows.length - 1].slice();
    const siblings = running.filter((other) => other.work === work && !hasRead(other));
    for (const sibling of siblings) copyPrompt(reader, sibling);
    for (const entry of [reader, ...siblings]) begin(entry);
  }

  /** Tells the logits of a prompt to those that ask for them. */
  function tell({ work, read }: Running, rows: readonly Float32Array[]): void {
    for (const [i, row] of work.onPromptLogits ? rows.entries() : []) {
      const position = read + i;
      if (position < work.told || position === work.tokens.length - 1) continue;
      work.told = position + 1;
      work.onPromptLogits?.(row);
    }
  }

  /** Fails the sequences of one request, those that wait too. */
  function failWork(work: Work, error: unknown): void {
    const failing = running.filter((other) => other.work === work);
    const waiting = queue.filter((other) => other.work === work);
    queue = queue.filter((other) => other.work !== work);
    for (const writer of failing) leave(writer);
    for (const { sequence } of [...failing, ...waiting]) sequence.fail(error);
  }

  /** @param unverified - Positions of a draft that its slot has beyond what it chooses after. */
  function choose(writer: Running, logits: Float32Array, unverified = 0): void {
    const { sequence } = writer;
    if (!running.includes(writer)) return; // another's choice took it out
    try {
      const next = sequence.choose(logits);
      if (next === undefined) leave(writer);
      else if (running.includes(writer)) goOn(writer, next, unverified); // it may have taken itself out
    } catch (error) {
      failOne(writer, error);
    }
  }

  function failOne(writer: Running, error: unknown): void {
    leave(writer);
    writer.sequence.fail(error);
  }

  /** Prepares a sequence's next feed. */
  function goOn(writer: Running, next: NextRead, unverified: number): void {
    const { slots: own, sequence } = writer;
    if (typeof next === 'object' && next.kind === 'restart') {
      const tokens = Array.from(next.tokens);
      checkSequenceTokens(model.decoder, tokens);
      writer.work = workOf({ prompt: { tokens }, sequences: [sequence] });
      if (next.known && model.decoder.isMovable) slide(writer, next.known, unverified);
      else restart(writer);
      return;
    }
    writer.next = typeof next === 'object' ? next.tokens : [next];
    const sources = typeof next === 'object' ? next.sources : [0];
    for (const [i, source] of sources.entries()) {
      if (own[i] !== own[source]) survivors.set(own[i], own[source]);
    }
    const longest = Math.max(...sources.map((source) => cache.lengths[own[source]])) - unverified;
    if (longest < model.decoder.maxPositions) return;
    throw new RangeError(
      `sequence: expected at most the ${contextLength} tokens of the context, got one more`,
    );
  }

  /** Has a sequence go on from its newest tokens as it has read them, behind others that it reads now. */
  function slide(writer: Running, known: number, unverified: number): void {
    const { slots: own, work } = writer;
    const [slot] = own;
    const { tokens } = work;
    truncateSequence(cache, slot, cache.lengths[slot] - unverified);
    slideSequence(model, cache, slot, { before: tokens.slice(0, -(known + 1)), kept: known });
    slots.hold(slot, { prompt: work, read: 0, length: 0 }); // nobody else would read it so
    writer.read = tokens.length;
    writer.parted = 0;
    writer.written = [];
    writer.next = tokens.slice(-1);
  }

  /** Gives the slots of all beams at once what the beams have seen that they go on from. */
  function giveToSurvivors(): void {
    if (survivors.size === 0) return;
    const all = Array.from(cache.lengths.keys(), (slot) => survivors.get(slot) ?? slot);
    survivors.clear();
    reorderSequences(cache, all);
  }

  /** Frees a sequence's slots; nothing when it has none any more. */
  function leave(writer: Running): void {
    if (!running.includes(writer)) return;
    running = running.filter((other) => other !== writer);
    const { work, slots: own, read, parted, written } = writer;
    for (const slot of own) survivors.delete(slot); // another may get it before the step ends
    if (own.length === 1) slots.hold(own[0], { prompt: work, read: parted, length: read, written });
    slots.release(own);
  }

  function removeWaiting(): ScheduledSequence[] {
    return queue.splice(0).map(({ sequence }) => sequence);
  }

  return {
    get running() {
      return running.reduce((sum, writer) => sum + widthOf(writer), 0);
    },
    get waiting() {
      return queue.reduce((sum, entry) => sum + widthOf(entry), 0);
    },
    add: (request) => {
      const work = workOf(request);
      checkSequenceTokens(model.decoder, work.tokens);
      for (const sequence of request.sequences) checkWidth(sequence, batchSize);
      const ahead = request.isUrgent ? queue.filter((entry) => entry.work.isUrgent) : queue;
      queue.splice(ahead.length, 0, ...request.sequences.map((sequence) => ({ work, sequence })));
    },
    remove: (sequence) => {
      queue = queue.filter((other) => other.sequence !== sequence);
      const writer = running.find((other) => other.sequence === sequence);
      if (writer) leave(writer);
    },
    removeWaiting,
    failAll: (error) => {
      const sequences = running.map(({ sequence }) => sequence);
      for (const writer of running) leave(writer);
      slots.clear();
      for (const sequence of [...sequences, ...removeWaiting()]) sequence.fail(error);
    },
    step: () => {
      admit();
      giveToSurvivors();
      const canRead = running.some((entry) => !hasRead(entry));
      const canWrite = running.some(({ next }) => next !== undefined);
      const isTheirTurn = priority === 'turns' && hasJustRead && canWrite;
      hasJustRead = canRead && !isTheirTurn;
      if (hasJustRead) read();
      else if (canWrite) write();
      giveToSurvivors();
      return running.length > 0 || queue.length > 0;
    },
  };
}
