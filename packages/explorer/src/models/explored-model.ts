import type { AnyAskedApp, AnyDomain, Model } from '@ramble/core';
import { shownText } from '@ramble/core/files';

/** A model with its domain, open for questions. */
export interface ExploredModel {
  /** What calls name it by. */
  readonly id: string;
  readonly model: Model;
  readonly app: AnyAskedApp;
  readonly domain: AnyDomain;
  /** Name of the engine that it runs on. */
  readonly engine: string;
}

/** The models that are open; they may come and go while calls are answered. */
export interface ExploredModels {
  list(): readonly ExploredModel[];
  find(id: string): ExploredModel | undefined;
}

/**
 * The model of an id.
 *
 * @throws RangeError that lists the open ones.
 */
export function findModel(models: ExploredModels, id: string): ExploredModel {
  const found = models.find(id);
  if (found) return found;
  const ids = models.list().map((model) => model.id);
  const expected =
    ids.length > 0 ? `one of ${ids.join(', ')}` : 'an open model, of which there is none';
  throw new RangeError(`model: expected ${expected}, got ${shownText(id)}`);
}
