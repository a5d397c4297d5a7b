import type { AnyApp, AnyDomain, DataFile, TokenExample, TrainingConfig } from '@ramble/core';
import type { AppData } from '@ramble/core/app';
import type { LossOn } from '@ramble/language/chat';

import { conversationsFeature } from '../verb/app-features.js';
import { UsageError } from '../verb/exit-errors.js';

/** Data that may consist of conversations. */
export interface FoundConversations {
  /** Present if the files have conversations. `lossOn` says which of their tokens count in the loss. */
  readonly conversations?: { readonly lossOn: LossOn };
}

/** Returns the app unchanged, or a copy that reads conversations if the data consists of them. */
export function readerOf<T extends Pick<AnyApp, 'data' | 'features'>>(
  app: T,
  { conversations }: FoundConversations,
): T {
  const feature = conversations && conversationsFeature.of(app);
  if (!feature) return app;
  const readExamples: AppData<unknown>['readExamples'] = feature.readExamples.bind(feature);
  return { ...app, data: { ...app.data, readExamples } };
}

/** An app and a domain that encode data, with the settings of a training. */
interface Encoder {
  readonly app: AnyApp;
  readonly domain: AnyDomain;
  readonly training?: Pick<TrainingConfig, 'preference'>;
}

/**
 * Returns the given object with an app and a domain that encode the examples from `readerOf`. Each conversation is a
 * separate example.
 *
 * @throws UsageError if `preference` requests a loss of pairs of answers, and the data has no conversations or the
 *   loss counts all of their tokens.
 */
export function encoderOf<T extends Encoder>(options: T, data: FoundConversations): T {
  const { app, domain, training: { preference = 'none' } = {} } = options;
  const { conversations } = data;
  const feature = conversationsFeature.of(app);
  const arePairs = preference !== 'none';
  if (arePairs && (!feature || conversations?.lossOn !== 'answers')) {
    const got = feature && conversations ? '--loss-on all' : 'data without conversations';
    throw new UsageError(
      `--preference: expected none, or data with chosen and rejected answers, which alone the loss counts, got ${preference} with ${got}`,
    );
  }
  if (!feature || !conversations) return options;
  const own = feature.domain(domain, conversations.lossOn);
  const encodeExample = (example: unknown): TokenExample => {
    const encoded = own.encodeExample(
      arePairs ? example : { ...(example as object), rejected: undefined }, // an example that the feature read
    );
    if (!arePairs || encoded.rejected) return encoded;
    throw new RangeError(
      `data: expected the fields chosen and rejected with preference ${preference}, got an example without them`,
    );
  };
  return { ...options, app: { ...app, packing: 'examples' }, domain: { ...own, encodeExample } };
}

/**
 * Whether all files have conversations.
 *
 * @throws Error if only some do; UsageError for `--loss-on` if none does.
 */
export function areConversations(
  flag: string,
  files: readonly DataFile[],
  lossOn?: LossOn,
): boolean {
  const [first, other] = ['conversations', undefined].map((kind) =>
    files.find(({ holds }) => holds === kind),
  );
  if (first && other) {
    throw new Error(
      `${flag}: expected only conversations or only texts, got conversations in ${first.name} and texts in ${other.name}`,
    );
  }
  if (first === undefined && lossOn !== undefined) {
    throw new UsageError(
      `--loss-on: expected no value for data without conversations, got ${lossOn}`,
    );
  }
  return first !== undefined;
}
