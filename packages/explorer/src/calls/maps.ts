import { nextTurn } from '@ramble/core/sampling';
import { meanOfHeads } from '@ramble/core/study';
import { z } from 'zod';

import { integer, prompt, question, type StreamedCall, streamedCall, text } from '../call.js';
import type { MapsEvent, PagePrompt } from '../contract.js';
import { askedModel, type ExploredModel, type ExploredModels } from '../models/asked-model.js';
import { attentionMap, type ShadeOptions } from '../pictures/attention-map.js';
import { blockReading, checkRoom } from '../studies/prompt-readings.js';

/** Maximum number of cells in a row of a map. */
const MAX_SIDE = 64;

const flag = z.boolean('true or false').optional();
const QUESTION = question({
  ...{ model: text, prompt, side: integer(1, MAX_SIDE) },
  ...{ isByRow: flag, hidesFirst: flag },
});

/** Makes the call for small pictures of the attention of every head. It streams one event for each layer. */
export function mapsCall(models: ExploredModels): StreamedCall<MapsEvent> {
  return streamedCall(QUESTION, ({ side, isByRow, hidesFirst, ...given }, signal) => {
    const explored = askedModel(models, given);
    checkRoom(explored.model.config, given.prompt);
    return maps(explored, given.prompt, side, { isByRow, hidesFirst }, signal);
  });
}

async function* maps(
  explored: ExploredModel,
  prompt: PagePrompt,
  side: number,
  options: ShadeOptions,
  signal?: AbortSignal,
): AsyncGenerator<MapsEvent, void, undefined> {
  const { nLayer, nHead } = explored.model.config;
  for (let layer = 0; layer < nLayer; layer++) {
    const block = await blockReading(explored, prompt, layer, { signal });
    const heads = Array.from({ length: nHead }, (_, head) => block.table(head).weights);
    const mean = heads[0].map((_, position) => meanOfHeads(heads, position));
    const [meanMap, ...maps] = [mean, ...heads].map((rows) => attentionMap(rows, side, options));
    yield { layer, mean: meanMap, heads: maps };
    await nextTurn(); // other requests are answered between two layers
    signal?.throwIfAborted();
  }
}
