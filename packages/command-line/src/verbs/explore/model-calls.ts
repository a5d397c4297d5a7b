import type { Clock } from '@ramble/core';
import { type ExploredModels, explorerCalls } from '@ramble/explorer';
import type { PageCalls } from '@ramble/server';

import { countedCalls } from './counted-calls.js';
import type { ModelShelf } from './model-shelf.js';
import type { OpenedModel } from './open-explored.js';

/** The calls about the models of a shelf, which stay open until they are answered. */
export function modelCalls(shelf: ModelShelf<OpenedModel>, clock: Clock): PageCalls {
  const models: ExploredModels = {
    list: () => shelf.entries,
    find: (id) => shelf.entries.find((entry) => entry.id === id),
  };
  const calls = explorerCalls(models, {
    clock,
    renderChat: (explored, messages) => {
      const { render } = explored as OpenedModel; // one of the shelf
      return Promise.resolve().then(() => render?.(messages) ?? '');
    },
  });
  return countedCalls(calls, shelf);
}
