import {
  type AnyApp,
  type BatchSource,
  type Domain,
  fingerprint,
  type ModelConfig,
  type TokenPrompt,
  type TrainingBatch,
  type TrainingConfig,
} from '@ramble/core';
import { cachedTokens, type TokenFile, type TokenPiece } from '@ramble/datasets';
import type { RunDescription } from '@ramble/runs';

import type { FoundData } from './find-data.js';
import { readData } from './read-data.js';
import type { WatchOptions } from './watch-files.js';

/** Data ready for training. */
export interface TrainingData {
  readonly batches: BatchSource;
  /** The validation data from its beginning, at each call. */
  readonly validation: () => AsyncIterable<TrainingBatch>;
  /** Number of examples to train on, if they are whole. */
  readonly examples?: number;
  /** Number of batches in `validation`. */
  readonly validationBatches: number;
  /** The training data, once and without augmentation, in the form of the validation data. */
  readonly learned: () => AsyncIterable<TrainingBatch>;
  /** The validation examples, if they are whole. */
  readonly validationExamples?: readonly unknown[];
  /** Method that set the validation data apart, if that is not the end of the data. */
  readonly split?: RunDescription['split'];
  /** Amounts of data, for people. */
  readonly summary: string;
  /** Faults of the validation data, with remedies. */
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

export interface OpenTokensOptions extends WatchOptions {
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
}

/**
 * Data as one long run of tokens in a file of the cache, encoded once, at constant memory.
 *
 * @returns the open file, the caller's to close.
 */
export function openTokens(data: FoundData, options: OpenTokensOptions): Promise<TokenFile> {
  const { app, domain } = options;
  const info = {
    vocabSize: domain.vocabulary.size,
    tokenizerFingerprint: fingerprint(app.factory.save(domain)),
    dataSha256: data.sha256,
  };
  const examples = readData(app, data, options);
  return cachedTokens(info, documentTokens(domain, examples), { variant: `app ${app.name}` });
}

/**
 * Examples as one long run of tokens. A stop token at the end of an example ends a document; the last
 * one of all is left out, since nothing follows it.
 */
export async function* documentTokens<Example>(
  domain: Pick<Domain<Example, never, unknown>, 'encodeExample' | 'stopTokens'>,
  examples: AsyncIterable<Example>,
): AsyncGenerator<TokenPiece> {
  let stop: number | undefined;
  for await (const example of examples) {
    if (stop !== undefined) yield { tokens: [stop], endsDocument: true };
    const tokens = Int32Array.from(domain.encodeExample(example).tokens);
    const last = tokens.at(-1);
    stop = last !== undefined && domain.stopTokens.includes(last) ? last : undefined;
    yield { tokens: stop === undefined ? tokens : tokens.subarray(0, -1), endsDocument: false };
  }
}
