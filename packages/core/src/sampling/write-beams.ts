import * as tf from '@tensorflow/tfjs-core';

import { mostPositions } from '../attention/attention-layers.js';
import { advance } from '../model/advance.js';
import { createKvCache, type KvCache, resetSequence } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { reorderSequences } from '../model/reorder-sequences.js';
import { type Beams, createBeams } from './beams.js';
import { capacityFor, type GenerationEvent, type WritingTask } from './generation.js';

/** The beams of one prompt. */
interface Search {
  /** Number of the prompt. */
  readonly index: number;
  readonly beams: Beams;
  /** The first of its places in the cache, as many as beams. */
  readonly place: number;
}

/** Searches with beams, for several prompts side by side; the outputs of each come at its end. */
export async function* writeBeams(
  task: WritingTask,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const { model, prompts, rules, batchSize, isLate } = task;
  const { config } = rules;
  const { numBeams } = config;
  const waiting = createAll(task);
  const most = Math.min(prompts.length, Math.max(1, Math.floor(batchSize / numBeams)));
  const cache = createKvCache(model.config, most * numBeams, capacityFor({ ...task, config }));
  const free = Array.from({ length: most }, (_, i) => i * numBeams);
  let running: Search[] = [];
  while (running.length > 0 || waiting.length > 0) {
    const starting = waiting.splice(0, free.length);
    const placed = free.splice(0, starting.length);
    running.push(...starting.map((search, i) => ({ ...search, place: placed[i] })));
    await tf.nextFrame(); // lets signals and drawing through
    grow(model, cache, running, isLate);
    for (const search of running.filter(({ beams }) => beams.hasEnded)) {
      yield* report(task, search);
      free.push(search.place);
    }
    running = running.filter(({ beams }) => !beams.hasEnded);
    if (isLate()) {
      for (const { index } of waiting.splice(0)) {
        yield { kind: 'end', sequence: index * config.nBest, reason: 'time' };
      }
    }
  }
}

function createAll({ model, prompts, rules, stopWhen }: WritingTask): Omit<Search, 'place'>[] {
  return prompts.map((prompt, index) => {
    const first = index * rules.config.nBest;
    const options = {
      rules,
      stopWhen: (output: readonly number[]) => stopWhen(first, output),
    };
    return { index, beams: createBeams(model.config, prompt, options) };
  });
}

/** One step of all searches: reads what is pending, chooses, and gives the cache to the survivors. */
function grow(
  model: Model,
  cache: KvCache,
  searches: readonly Search[],
  isLate: () => boolean,
): void {
  const V = model.config.vocabSize;
  const feeds = searches.flatMap(({ beams, place }) =>
    beams.pending.map(({ restarts, ...feed }, i) => {
      if (restarts) resetSequence(cache, place + i);
      return { sequence: place + i, ...feed };
    }),
  );
  const logits = advance(model, cache, feeds);
  const late = isLate();
  const sources = Array.from(cache.lengths.keys());
  let row = 0;
  for (const { beams, place } of searches) {
    const rows = beams.pending.map(() => logits.subarray(row * V, ++row * V));
    beams.choose(rows, late);
    for (const [i, source] of beams.sources.entries()) sources[place + i] = place + source;
  }
  reorderSequences(cache, sources);
}

/** A search's outputs as events, the best first. */
function* report(
  { model, prompts, rules: { config } }: WritingTask,
  { index, beams }: Search,
): Generator<GenerationEvent, void, undefined> {
  const { contextLength } = model.config;
  if (beams.finished.length === 0) {
    yield { kind: 'end', sequence: index * config.nBest, reason: 'nothing' };
  }
  const isCut = prompts[index].tokens.length > mostPositions(model.config);
  for (const [rank, { output, logProbabilities, end }] of beams.finished
    .slice(0, config.nBest)
    .entries()) {
    const sequence = index * config.nBest + rank;
    if (isCut) yield { kind: 'slide', sequence, kept: contextLength };
    for (const [i, token] of output.entries()) {
      yield { kind: 'token', sequence, token, logProbability: logProbabilities[i] };
    }
    yield { sequence, ...end };
  }
}
