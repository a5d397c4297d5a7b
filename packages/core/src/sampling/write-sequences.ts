import * as tf from '@tensorflow/tfjs-core';

import { mostPositions } from '../attention/attention-layers.js';
import type { TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import type { Feed } from '../model/feed.js';
import { REWINDABLE } from '../attention/layer-cache.js';
import {
  copySequence,
  createKvCache,
  type KvCache,
  resetSequence,
  truncateSequence,
} from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import {
  capacityFor,
  type GenerationEnd,
  type GenerationEvent,
  type WritingTask,
} from './generation.js';
import { promptLookup, type PromptLookup } from './prompt-lookup.js';
import { createSequence, type Sequence } from './sequence.js';

/** A sequence that is written. */
interface Writer {
  /** Number of its output. */
  readonly index: number;
  readonly prompt: TokenPrompt;
  readonly sequence: Sequence;
  readonly lookup?: PromptLookup;
}

/** A sequence that has a place in the cache. */
interface PlacedWriter extends Writer {
  readonly place: number;
  /** Guesses that are read behind its pending tokens in this step. */
  draft: readonly number[];
}

/** Writes outputs side by side; when one ends, the next takes its place. */
export async function* writeSequences(
  task: WritingTask,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const { model, batchSize, isLate } = task;
  const waiting = createWriters(task);
  const cache = createKvCache(
    model.config,
    Math.min(batchSize, waiting.length),
    capacityFor({ ...task, config: task.rules.config }),
  );
  const free = Array.from(cache.lengths.keys());
  let running: PlacedWriter[] = [];
  while (running.length > 0 || waiting.length > 0) {
    const starting = waiting.splice(0, free.length);
    const placed = free.splice(0, starting.length);
    running.push(...starting.map((writer, i) => ({ ...writer, place: placed[i], draft: [] })));
    // A guess costs little where the model reads one sequence; of many each would cost its share.
    if (running.length === 1) running[0].draft = draftFor(running[0], cache, task);
    await tf.nextFrame(); // lets signals and drawing through
    const rows = read(model, cache, running);
    const going: PlacedWriter[] = [];
    for (const [i, writer] of running.entries()) {
      if (yield* write(task, cache, writer, rows[i])) going.push(writer);
      else free.push(writer.place);
    }
    running = going;
    if (isLate()) {
      for (const { index } of waiting.splice(0)) {
        yield { kind: 'end', sequence: index, reason: 'time' };
      }
    }
  }
}

function createWriters({ model, prompts, count, rules }: WritingTask): Writer[] {
  return prompts.flatMap((prompt, i) =>
    Array.from({ length: count }, (_, number) => {
      const sequence = createSequence(model.config, prompt, { rules, number });
      const { promptLookup: longest } = rules.config;
      const lookup = longest > 0 ? promptLookup(longest) : undefined;
      return { index: i * count + number, prompt, sequence, lookup };
    }),
  );
}

/** Guesses for a sequence, as many as fit its context and its length. */
function draftFor(
  { sequence, lookup, place }: PlacedWriter,
  cache: KvCache,
  { model, rules: { config } }: WritingTask,
): readonly number[] {
  if (!lookup || sequence.pending.restarts) return [];
  const room = mostPositions(model.config) - cache.lengths[place] - 1;
  const most = Math.min(room, config.maxNewTokens - sequence.output.length - 1, REWINDABLE);
  return lookup.draft(sequence.tokens, most);
}

/** Has the model read what is pending. @returns the logits to choose from, of each sequence in its turn. */
function read(model: Model, cache: KvCache, writers: readonly PlacedWriter[]): Float32Array[][] {
  // Of several that begin with one prompt the first reads it; the others copy what it remembers.
  const twins = writers.map(
    (writer) => writers.find((other) => beginsLike(other, writer)) ?? writer,
  );
  const readers = writers.filter((writer, i) => twins[i] === writer);
  const rows = new Map<PlacedWriter, Float32Array[]>();
  const restarting = readers.filter(({ sequence }) => sequence.pending.restarts);
  for (const { place } of restarting) resetSequence(cache, place);
  readGroup(model, cache, restarting, 'last', rows);
  const others = readers.filter((reader) => !restarting.includes(reader));
  readGroup(model, cache, others, 'all', rows);
  return writers.map((writer, i) => {
    if (twins[i] !== writer) copySequence(cache, twins[i].place, writer.place);
    return rows.get(twins[i]) ?? [];
  });
}

function beginsLike(a: PlacedWriter, b: PlacedWriter): boolean {
  const areNew = a.sequence.output.length + b.sequence.output.length === 0;
  return areNew && a.prompt === b.prompt;
}

function readGroup(
  model: Model,
  cache: KvCache,
  group: readonly PlacedWriter[],
  wanted: 'last' | 'all',
  rows: Map<PlacedWriter, Float32Array[]>,
): void {
  if (group.length === 0) return;
  const feeds = group.map(({ place, sequence: { pending }, draft }): Feed => {
    const tokens = [...Array.from(pending.tokens), ...draft];
    return { sequence: place, tokens, prefixLength: pending.prefixLength };
  });
  const logits = advance(model, cache, feeds, { logits: wanted });
  const V = model.config.vocabSize;
  let row = 0;
  for (const writer of group) {
    const count = 1 + writer.draft.length;
    const own = Array.from({ length: count }, (_, i) =>
      logits.subarray((row + i) * V, (row + i + 1) * V),
    );
    rows.set(writer, own);
    row += count;
  }
}

/** Has a sequence choose its next tokens. @returns whether it goes on. */
function* write(
  { stopWhen, isLate }: WritingTask,
  cache: KvCache,
  { index, sequence, lookup, place, draft }: PlacedWriter,
  rows: readonly Float32Array[],
): Generator<GenerationEvent, boolean, undefined> {
  const alreadyRead = cache.lengths[place] - draft.length;
  let accepted = 0;
  const ended = (end: GenerationEnd): GenerationEvent => {
    lookup?.count(accepted);
    const counts = lookup && { drafted: lookup.drafted, accepted: lookup.accepted };
    return { sequence: index, ...end, ...(counts && { lookup: counts }) };
  };
  for (const logits of rows) {
    const guess = draft.at(accepted);
    for (const event of sequence.choose(logits)) {
      if (event.kind === 'token' && event.token === guess) accepted++;
      if (event.kind === 'end') {
        yield ended(event);
        return false;
      }
      yield { sequence: index, ...event };
      if (event.kind !== 'token') continue;
      const isAsked = stopWhen(index, sequence.output);
      if (isAsked || isLate()) {
        yield ended({ kind: 'end', reason: isAsked ? 'asked' : 'time' });
        return false;
      }
    }
    // What is read behind a token that is not the guess is wrong.
    if (sequence.pending.restarts || sequence.output.at(-1) !== guess) break;
  }
  truncateSequence(cache, place, alreadyRead + accepted);
  lookup?.count(accepted);
  return true;
}
