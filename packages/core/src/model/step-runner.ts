import type { KernelEngine } from '../ops/current-engine.js';
import type { ActivationKind } from '../parameters/activations.js';
import type { StoredNumbers } from '../parameters/weight-format.js';
import type { Decoder } from './decoder.js';
import type { KvCache } from './kv-cache.js';
import type { LoweredModel } from './lower-model.js';

/** New tokens of one slot: consecutive rows of a step. */
export interface StepFeed {
  /** Storage of the slot: an index of the cache's arrays. */
  readonly storage: number;
  readonly firstRow: number;
  readonly count: number;
  /** Number of positions that the storage holds; the new ones follow them. */
  readonly past: number;
  /** Number of first positions that attend to one another in both directions; 0 unless all of them are new. */
  readonly prefixLength: number;
  /** First positions that are equal in the storage of an earlier feed, which has just read them. */
  readonly shared: SharedPositions;
}

export interface SharedPositions {
  readonly storage: number;
  readonly count: number;
}

/** New tokens that go through the model together; each row is one. */
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

/** What a runner is made of; the numbers change when the model learns. */
export interface StepModel {
  readonly decoder: Decoder;
  readonly lowered: LoweredModel;
  readonly stored: (name: string) => StoredNumbers;
  readonly activations: ActivationKind;
}

/** Makes the runner of a model. */
export type StepRunnerFactory = (model: StepModel) => StepRunner;

/** An engine as decoding sees it. */
export interface StepEngine extends KernelEngine {
  /**
   * Makes a function that runs whole decoding steps of a model; without it a model decodes op by
   * op.
   */
  readonly createStepRunner?: StepRunnerFactory;
  /** Whether its runners read weights of products faster from panels than by rows. */
  readonly decodesFromPanels?: boolean;
}
