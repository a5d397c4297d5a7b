import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import type { StoredNumbers } from '../parameters/narrow-matrix.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import type { KvCache } from './kv-cache.js';
import { type LoweredModel, lowerModel } from './lower-model.js';
import type { Model } from './model.js';

/** New tokens of one sequence, some rows of a step one behind the other. */
export interface StepFeed {
  /** Slot in the cache. */
  readonly slot: number;
  readonly firstRow: number;
  readonly count: number;
  /** Positions that the slot holds; the new ones go behind them. */
  readonly past: number;
  /** Positions that see one another both ways; all of them new, or 0. */
  readonly prefixLength: number;
  /** First positions that are the same in another slot, where a feed before this one reads them. */
  readonly shared: SharedPositions;
}

export interface SharedPositions {
  readonly slot: number;
  readonly count: number;
}

/** New tokens that go through the model together; each row is one. */
export interface DecodingStep {
  /** `[rows]`. */
  readonly tokens: Int32Array;
  /** `[rows]`. */
  readonly positions: Int32Array;
  readonly feeds: readonly StepFeed[];
  readonly cache: KvCache;
  /** Rows whose logits are asked for. */
  readonly wanted: Int32Array;
  /** Where these go, `[wanted, V]`. */
  readonly logits: Float32Array;
}

/** Runs a step and remembers its keys and values in the cache. */
export type StepRunner = (step: DecodingStep) => void;

/** What a runner is made of; the numbers change when the model learns. */
export interface StepModel {
  readonly config: ModelConfig;
  readonly lowered: LoweredModel;
  readonly stored: (name: string) => StoredNumbers;
}

export type StepRunnerFactory = (model: StepModel) => StepRunner;

const factories = new Map<string, StepRunnerFactory>();
const runners = new WeakMap<ParameterStore, { backend: string; run: StepRunner }>();

/** Gives a tfjs backend a way to run whole steps; the others run a model op by op. */
export function registerStepRunner(backendName: string, factory: StepRunnerFactory): void {
  factories.set(backendName, factory);
}

/** The current backend's runner of a model, made at the first call; none where it has none. */
export function stepRunnerOf({ config, parameters }: Model): StepRunner | undefined {
  const backend = tf.getBackend();
  const known = runners.get(parameters);
  if (known && known.backend === backend) return known.run;
  const factory = factories.get(backend);
  if (!factory || !parameters.stored) return undefined;
  const lowered = lowerModel(config);
  if (!lowered) return undefined;
  const stored = parameters.stored.bind(parameters);
  const run = factory({ config, lowered, stored });
  runners.set(parameters, { backend, run });
  return run;
}
