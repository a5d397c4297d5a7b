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
import { cachedTokens, holdOut, type TokenFile, type TokenPiece } from '@ramble/datasets';
import type { RunDescription } from '@ramble/runs';

import { formatCount } from '../format/format-number.js';
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
  /** Yields the training data once, in order and without augmentation, in the same kind of batches as `validation`. */
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
  /** Set to hold out the last tenth of all examples for validation, as runs of an earlier version did. */
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

/** Fraction of the examples that are for training if no separate validation data is given. */
const LEARNED_SHARE = 0.9;

/** Examples for training and for validation; no validation example has a text in common with a training example. */
interface SetApart extends Pick<TrainingData, 'split' | 'warnings'> {
  readonly learned: readonly unknown[];
  readonly validating: readonly unknown[];
}

interface SetApartOptions extends Pick<TrainingDataOptions, 'split'> {
  readonly app: { readonly data: Pick<AnyApp['data'], 'textsOf'> };
  readonly data: Pick<FoundData, 'flag' | 'isParallel'>;
}

/**
 * Holds out a tenth of the examples for validation; examples with a text in common are all in the same part. For an app
 * that does not list an example's texts, holds out the last examples.
 *
 * @throws RangeError for a single example, or if all have texts in common.
 */
export function setApart(
  examples: readonly unknown[],
  { app, data, split }: SetApartOptions,
): SetApart {
  const { flag } = data;
  const { textsOf } = app.data;
  if (examples.length < 2) {
    throw new RangeError(
      `${flag}: expected at least 2 examples, one of them for validation, got ${examples.length}`,
    );
  }
  const cut = Math.floor(examples.length * LEARNED_SHARE);
  if (!textsOf || split === 'tail') {
    return { learned: examples.slice(0, cut), validating: examples.slice(cut) };
  }
  const count = examples.length - cut;
  const { learned, heldOut } = holdOut(examples, {
    keysOf: (example) => textsOf(example).map((text) => text.trim()),
    count,
  });
  if (heldOut.length === 0) {
    throw new RangeError(
      `${flag}: expected validation examples that share no text with the others, ` +
        `got ${formatCount(examples.length)} that all share text; name other data with ${validFlags(data)}`,
    );
  }
  const isFar = heldOut.length * 2 < count || heldOut.length > count * 2;
  const warning =
    `${formatCount(heldOut.length)} of ${formatCount(examples.length)} examples validate, not a tenth, ` +
    `as so many share texts; name others with ${validFlags(data)}`;
  return {
    learned,
    validating: heldOut,
    split: 'components',
    warnings: isFar ? [warning] : [],
  };
}

/** Names of the flags that give validation data. */
export function validFlags({ isParallel = false }: Pick<FoundData, 'isParallel'>): string {
  return isParallel ? '--valid-source and --valid-target' : '--valid';
}
