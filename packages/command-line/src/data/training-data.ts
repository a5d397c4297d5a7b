import {
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
import { type EncodedReading, readData } from './read-data.js';

/** Data ready for training. */
export interface TrainingData {
  readonly batches: BatchSource;
  /** Returns the validation data; each call starts at its beginning. */
  readonly validation: () => AsyncIterable<TrainingBatch>;
  /** Number of training examples, unless the data is one stream or pieces that are cut into windows. */
  readonly examples?: number;
  /** Number of batches in `validation`. */
  readonly validationBatches: number;
  /** Returns the training data once, without augmentation, in batches like the validation data's. */
  readonly learned: () => AsyncIterable<TrainingBatch>;
  /** The validation examples; absent if validation uses pieces or a stream. */
  readonly validationExamples?: readonly unknown[];
  /** Method that held out the validation data, if it is not the end of the data. */
  readonly split?: RunDescription['split'];
  /** Description of the amounts of data, for people. */
  readonly summary: string;
  /** Faults of the validation data, with remedies. */
  readonly warnings?: readonly string[];
  /** Prompts for a few outputs at the end of the training. */
  readonly prompts: readonly TokenPrompt[];
  close(): Promise<void>;
}

export interface TrainingDataOptions extends EncodedReading {
  readonly data: FoundData;
  /** Validation data; without it, a tenth of the data is held out. */
  readonly valid?: FoundData;
  /** Set for a run of an earlier version, which held out the last tenth of all data. */
  readonly split?: 'tail';
  readonly config: Pick<ModelConfig, 'contextLength' | 'memory'>;
  readonly training: TrainingConfig;
}

/**
 * Opens data as one long token stream in a file of the cache. It is encoded once, at constant memory.
 *
 * @returns the open file, which the caller must close.
 */
export function openTokens(data: FoundData, options: EncodedReading): Promise<TokenFile> {
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
 * Yields examples as one long run of tokens. A stop token at the end of an example ends a document. The stop token at
 * the very end is left out, because no token follows it.
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
