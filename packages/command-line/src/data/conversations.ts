import type { AnyApp, AnyDomain, DataFile } from '@ramble/core';
import type { AppData } from '@ramble/core/app';

import { conversationsFeature, type LossOn } from '../verb/app-features.js';
import { UsageError } from '../verb/exit-errors.js';

/** Whether data has conversations. */
export interface FoundConversations {
  /** Present if the files have conversations; the tokens of them that the loss counts. */
  readonly conversations?: { readonly lossOn: LossOn };
}

/** Returns the app, which reads the data as conversations if they are. */
export function readerOf<T extends Pick<AnyApp, 'data' | 'features'>>(
  app: T,
  { conversations }: FoundConversations,
): T {
  const feature = conversations && conversationsFeature.of(app);
  if (!feature) return app;
  const readExamples: AppData<unknown>['readExamples'] = feature.readExamples.bind(feature);
  return { ...app, data: { ...app.data, readExamples } };
}

/** Returns the app and the domain, which encode what `readerOf` reads: each conversation is a separate example. */
export function encoderOf<T extends { readonly app: AnyApp; readonly domain: AnyDomain }>(
  options: T,
  data: FoundConversations,
): T {
  const { app, domain } = options;
  const { conversations } = data;
  const feature = conversationsFeature.of(app);
  if (!feature || !conversations) return options;
  const own = feature.domain(domain, conversations.lossOn);
  return { ...options, app: { ...app, packing: 'examples' }, domain: own };
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
