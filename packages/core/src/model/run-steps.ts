import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import { currentEngine, type KernelEngine } from '../ops/define-op.js';
import type { ActivationKind, ParameterStore } from '../parameters/parameter-store.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import {
  inputsOf,
  type MatrixLayout,
  type StoredNumbers,
  type WeightFormat,
} from '../parameters/weight-format.js';
import type { Feed } from './cache-memory.js';
import { type Decoder, decoderOf } from './decoder.js';
import type { KvCache } from './kv-cache.js';
import { type LoweredModel, lowerModel } from './lower-model.js';
import type { Model } from './model.js';

/** Maximum number of rows of a step, which limits the memory for a long prompt. */
const MAX_ROWS = 128;

/** Some of the tokens of a feed. */
interface Part {
  readonly feed: Feed;
  readonly from: number;
  readonly end: number;
}

/**
 * Computes the feeds, which are new tokens of sequences in the cache, in steps of at most `MAX_ROWS` tokens.
 *
 * @param logits - Receives the logits after the last token of each feed, or after all its tokens.
 */
export function runSteps(
  run: StepRunner,
  { config: { vocabSize }, hasPrefix }: Decoder,
  cache: KvCache,
  given: readonly Feed[],
  wanted: 'last' | 'all',
  logits: Float32Array,
): void {
  const feeds = hasPrefix ? given : given.map(({ slot, tokens }) => ({ slot, tokens }));
  let done = 0;
  for (const parts of stepsOf(feeds)) {
    const rows = parts.reduce((sum, { from, end }) => sum + end - from, 0);
    const [tokens, positions] = [new Int32Array(rows), new Int32Array(rows)];
    const stepFeeds: StepFeed[] = [];
    const wantedRows: number[] = [];
    let row = 0;
    for (const { feed, from, end } of parts) {
      const past = cache.lengths[feed.slot] + from;
      const prefixLength = from === 0 ? (feed.prefixLength ?? 0) : 0;
      const storage = cache.storage[feed.slot];
      const shared = sharedWith(stepFeeds, cache, storage, past);
      stepFeeds.push({ storage, firstRow: row, count: end - from, past, prefixLength, shared });
      for (let t = from; t < end; t++, row++) {
        tokens[row] = feed.tokens[t];
        positions[row] = past + t - from;
        if (wanted === 'all' || t === feed.tokens.length - 1) wantedRows.push(row);
      }
    }
    const size = wantedRows.length * vocabSize;
    run({
      tokens,
      positions,
      feeds: stepFeeds,
      cache,
      wanted: Int32Array.from(wantedRows),
      logits: logits.subarray(done, (done += size)),
    });
  }
}

/**
 * Returns the first positions that a storage shares with the storage of an earlier feed. If more than one feed
 * shares positions, the result is for the feed that reads the most of them from its own storage. Models with
 * layers that overwrite positions share none.
 */
function sharedWith(
  feeds: readonly StepFeed[],
  { batchSize, capacity, layouts, shared }: KvCache,
  storage: number,
  past: number,
): SharedPositions {
  let best: SharedPositions = { storage, count: 0 };
  if (layouts.some(({ positionRows }) => positionRows < capacity)) return best;
  let max = 0;
  for (const other of feeds) {
    const count = Math.min(past, shared[storage * batchSize + other.storage]);
    const own = count - other.shared.count;
    if (own > max) [best, max] = [{ storage: other.storage, count }, own];
  }
  return best;
}

/** Cuts feeds into steps of at most `MAX_ROWS`. Tokens of a prefix, which see one another, stay in one step. */
function* stepsOf(feeds: readonly Feed[]): Generator<Part[]> {
  let parts: Part[] = [];
  let room = MAX_ROWS;
  for (const feed of feeds) {
    for (let from = 0; from < feed.tokens.length;) {
      const min = from === 0 ? Math.max(1, feed.prefixLength ?? 0) : 1;
      if (parts.length > 0 && min > room) {
        yield parts;
        [parts, room] = [[], MAX_ROWS];
      }
      const end = Math.min(feed.tokens.length, from + Math.max(room, min));
      parts.push({ feed, from, end });
      room -= end - from;
      from = end;
    }
  }
  if (parts.length > 0) yield parts;
}

/** New tokens of one slot: consecutive rows of a step. */
export interface StepFeed {
  /** Storage of the slot: an index of the cache's arrays. */
  readonly storage: number;
  readonly firstRow: number;
  readonly count: number;
  /** Number of positions in the storage; the new ones follow them. */
  readonly past: number;
  /** Number of first positions that attend to one another in both directions; 0 unless all of them are new. */
  readonly prefixLength: number;
  /** First positions that are equal in the storage of an earlier feed, which has already read them. */
  readonly shared: SharedPositions;
}

export interface SharedPositions {
  readonly storage: number;
  readonly count: number;
}

/** New tokens that go through the model together, one in each row. */
export interface DecodingStep {
  /** The token ids, `[rows]`. */
  readonly tokens: Int32Array;
  /** The positions of the tokens, `[rows]`. */
  readonly positions: Int32Array;
  readonly feeds: readonly StepFeed[];
  readonly cache: KvCache;
  /** Indices of the rows whose logits are computed. */
  readonly wanted: Int32Array;
  /** The array that receives the logits, `[wanted, V]`. */
  readonly logits: Float32Array;
}

/** Runs a decoding step and stores its keys and values in the cache. */
export type StepRunner = (step: DecodingStep) => void;

/** The inputs from which a step runner is made. The stored numbers change when the model learns. */
export interface StepModel {
  readonly decoder: Decoder;
  readonly lowered: LoweredModel;
  readonly stored: (name: string) => StoredNumbers;
  readonly activations: ActivationKind;
}

/** Makes the step runner of a model. */
export type StepRunnerFactory = (model: StepModel) => StepRunner;

/** The part of an engine that decoding uses. */
export interface StepEngine extends KernelEngine {
  /** Makes a function that runs whole decoding steps of a model. Without it, a model decodes op by op. */
  readonly createStepRunner?: StepRunnerFactory;
  /** Whether the runners read weights of products faster from panels than by rows. */
  readonly decodesFromPanels?: boolean;
}

const runners = new WeakMap<ParameterStore, { backend: string; run: StepRunner }>();

/** Returns the current engine's runner of a model, made at the first call; `undefined` if it has none. */
export function stepRunnerOf({ decoder, parameters }: Model): StepRunner | undefined {
  const backend = tf.getBackend();
  const known = runners.get(parameters);
  if (known && known.backend === backend) return known.run;
  const engine: StepEngine | undefined = currentEngine();
  if (!engine?.createStepRunner || !parameters.stored) return undefined;
  const lowered = lowerModel(decoder);
  if (!lowered) return undefined;
  const stored = parameters.stored.bind(parameters);
  const { activations = 'f32' } = parameters;
  const run = engine.createStepRunner({ decoder, lowered, stored, activations });
  runners.set(parameters, { backend, run });
  return run;
}

/** Returns the layout from which the current engine decodes fastest with a parameter of a format. */
export function decodingLayout(
  config: ModelConfig,
): (spec: ParameterSpec, format: WeightFormat) => MatrixLayout {
  const engine: StepEngine | undefined = currentEngine();
  const readsPanels = engine?.decodesFromPanels && lowerModel(decoderOf(config)) !== undefined;
  return (spec, format) => {
    return (readsPanels && inputsOf(spec) === 'rows' && format.panels) || format;
  };
}
