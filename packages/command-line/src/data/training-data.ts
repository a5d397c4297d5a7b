import type {
  AnyApp,
  BatchSource,
  Domain,
  ModelConfig,
  TokenPrompt,
  TrainingBatch,
  TrainingConfig,
} from '@ramble/core';
import type { RunDescription } from '@ramble/runs';

import type { FoundData } from './find-data.js';
import type { WatchOptions } from './watch-files.js';

/** Data ready for training. */
export interface TrainingData {
  readonly batches: BatchSource;
  /** The validation data from its beginning, at each call. */
  readonly validation: () => AsyncIterable<TrainingBatch>;
  /** Number of examples to train on, if they are whole. */
  readonly examples?: number;
  /** Batches in it. */
  readonly validationBatches: number;
  /** What is learned from, once and without variations, in the form of the validation data. */
  readonly learned: () => AsyncIterable<TrainingBatch>;
  /** The examples that validate, where they are whole. */
  readonly validationExamples?: readonly unknown[];
  /** How what validates was set apart, where that is not the end of the data. */
  readonly split?: RunDescription['split'];
  /** What there is, for people. */
  readonly summary: string;
  /** What makes the validation tell less than it seems to, and what to do. */
  readonly warnings?: readonly string[];
  /** Beginnings for a few outputs at the end of the training. */
  readonly prompts: readonly TokenPrompt[];
  close(): Promise<void>;
}

export interface TrainingDataOptions extends WatchOptions {
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
  readonly data: FoundData;
  /** Validation data; without it, a tenth of the data is held out. */
  readonly valid?: FoundData;
  /** Set for a run that was started when the last tenth of all data was held out for validation. */
  readonly split?: 'tail';
  readonly config: Pick<ModelConfig, 'contextLength' | 'memory'>;
  readonly training: TrainingConfig;
}
