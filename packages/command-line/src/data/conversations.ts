import type { AnyApp, AnyDomain } from '@ramble/core';
import type { AppData } from '@ramble/core/app';
import { conversationsFeature } from '../verb/app-features.js';

import type { FoundData } from './find-data.js';

type Found = Pick<FoundData, 'conversations'>;

/** Returns the app, which reads the data as conversations if they are. */
export function readerOf<T extends Pick<AnyApp, 'data' | 'features'>>(
  app: T,
  { conversations }: Found,
): T {
  const feature = conversations && conversationsFeature.of(app);
  if (!feature) return app;
  const readExamples: AppData<unknown>['readExamples'] = feature.readExamples.bind(feature);
  return { ...app, packing: 'examples', data: { ...app.data, readExamples } };
}

/** Returns the app and the domain, which encode the data as conversations if they are. */
export function encoderOf<T extends { readonly app: AnyApp; readonly domain: AnyDomain }>(
  options: T,
  data: Found,
): T {
  const { app, domain } = options;
  const feature = data.conversations && conversationsFeature.of(app);
  if (!feature || !data.conversations) return options;
  const { lossOn } = data.conversations;
  return { ...options, app: readerOf(app, data), domain: feature.domain(domain, lossOn) };
}
