import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import { currentEngine, type KernelEngine } from '../ops/define-op.js';
import type { ActivationKind, ParameterStore } from '../parameters/parameter-store.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import {
  inputsOf,
  type MatrixLayout,
  storedIn,
  type WeightFormat,
} from '../parameters/weight-format.js';
import { type Decoder, decoderOf } from './decoder.js';
import type { KvCache } from './kv-cache.js';
import { adapterSources } from './lower-adapters.js';
import { type LoweredModel, lowerModel } from './lower-model.js';
import type { Model } from './model.js';
import { parameterSpecs } from './model-parameters.js';

/** New tokens of one slot, which are consecutive rows of a step, starting at `firstRow`. */
export interface StepFeed {
  /** Storage of the slot: an index of the cache's arrays. */
  readonly storage: number;
  readonly firstRow: number;
  readonly count: number;
  /** Number of positions in the storage; the new ones follow them. */
  readonly past: number;
  /** Length of the prefix, whose positions attend to one another in both directions; 0 unless all of them are new. */
  readonly prefixLength: number;
  /**
   * Positions at the start of the slot, if their keys and values are the same in the storage of an earlier feed of
   * the step. An engine need not load them again.
   */
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
  /**
   * Index for the lookups in all tables except the token embedding, `[rows]`: the position of each token, or the
   * index of its adapters if the rows of the step use different ones.
   */
  readonly tableRows: Int32Array;
  readonly feeds: readonly StepFeed[];
  readonly cache: KvCache;
  /** Indices of the rows whose logits are computed. */
  readonly wanted: Int32Array;
  /** The array that receives the logits, `[wanted, V]`. */
  readonly logits: Float32Array;
}

/** Runs a decoding step: computes its logits and stores its keys and values in the cache. */
export type StepRunner = (step: DecodingStep) => void;

/** The inputs from which a step runner is made. The stored numbers change when the model learns. */
export interface StepModel {
  readonly decoder: Decoder;
  readonly lowered: LoweredModel;
  /** Specs of the parameters and tables that the list of ops reads, including the parameters of adapters. */
  readonly specs: readonly ParameterSpec[];
  readonly stored: (name: string) => ReturnType<typeof storedIn>;
  readonly activations: ActivationKind;
}

/** Makes the step runner of a model. */
export type StepRunnerFactory = (model: StepModel) => StepRunner;

/** Optional hooks by which an engine runs a whole decoding step in one call. */
export interface StepEngine extends KernelEngine {
  /** Makes a function that runs whole decoding steps of a model. Without it, a model decodes op by op. */
  readonly createStepRunner?: StepRunnerFactory;
  /** Whether the step runners multiply faster by weights that are stored in panels (`panelLayout`) than by rows. */
  readonly decodesFromPanels?: boolean;
}

/** Maximum number of cached runners of one base model. There is a runner for each combination of adapters in a step. */
const MAX_RUNNERS = 64;

/** Cached step runners: by the base model's store, then by a key of the backend and the stores of the step's rows. */
const runners = new WeakMap<ParameterStore, Map<string, StepRunner>>();
const numbers = new WeakMap<ParameterStore, number>();
let storeCount = 0;

/** Returns a number that identifies a parameter store, for the keys of cached step runners. */
export function storeNumber(store: ParameterStore): number {
  const known = numbers.get(store);
  if (known !== undefined) return known;
  numbers.set(store, storeCount);
  return storeCount++;
}

/**
 * Returns the current engine's step runner of a model, made at the first call; `undefined` if the engine cannot run
 * whole decoding steps of the model.
 *
 * @param stores - The different stores of the rows of a step, in the order of their numbers: the model's, or stores of
 *   adapters over the same base. With several, the table rows of a step are indices of this list.
 */
export function stepRunnerOf(
  model: Model,
  stores: readonly ParameterStore[] = [model.parameters],
): StepRunner | undefined {
  const { base = model.parameters } = model.parameters;
  const known = runners.get(base) ?? new Map<string, StepRunner>();
  const key = [tf.getBackend(), ...stores.map(storeNumber)].join(' ');
  const run = known.get(key);
  if (run) return run;
  const engine: StepEngine | undefined = currentEngine();
  const step = engine?.createStepRunner && stepModelOf(model, stores);
  const made = step && engine.createStepRunner(step);
  if (!made) return undefined;
  const [oldest] = known.keys();
  if (known.size >= MAX_RUNNERS) known.delete(oldest);
  runners.set(base, known.set(key, made));
  return made;
}

/**
 * Lowers a model with the adapters of some stores.
 *
 * @returns `undefined` if the model, or a step with several of the stores, has no list of ops.
 */
function stepModelOf(
  { decoder, parameters }: Model,
  stores: readonly ParameterStore[],
): StepModel | undefined {
  const isMixed = stores.length > 1;
  const adapters = stores.flatMap(({ adapters: own }, index) =>
    own ? [{ index, adapters: own }] : [],
  );
  if (stores.some((store) => !store.stored)) return undefined;
  if (adapters.some((each) => !each.adapters.lowRank)) return undefined;
  const lowered = lowerModel(decoder, adapters, isMixed);
  if (!lowered) return undefined;
  const sources = adapterSources(stores);
  const own = new Map(sources.map((source) => [source.spec.name, source.stored]));
  const specs = [...parameterSpecs(decoder.config), ...sources.map(({ spec }) => spec)];
  const stored: StepModel['stored'] = (name) => own.get(name)?.() ?? storedIn(parameters, name);
  return { decoder, lowered, specs, stored, activations: parameters.activations ?? 'f32' };
}

/**
 * Returns a function that gives, for a parameter and its format, the memory layout with which the current engine
 * decodes fastest.
 */
export function decodingLayout(
  config: ModelConfig,
): (spec: ParameterSpec, format: WeightFormat) => MatrixLayout {
  const engine: StepEngine | undefined = currentEngine();
  const readsPanels = engine?.decodesFromPanels && lowerModel(decoderOf(config)) !== undefined;
  return (spec, format) => {
    return (readsPanels && inputsOf(spec) === 'rows' && format.panels) || format;
  };
}
