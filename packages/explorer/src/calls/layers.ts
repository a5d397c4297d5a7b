import { nextTurn } from '@ramble/core/sampling';
import { meanOfHeads } from '@ramble/core/study';
import { z } from 'zod';

import { integer, prompt, question, type StreamedCall, streamedCall, text } from '../call.js';
import type { LensEvent, LensQuestion, MapsEvent, MapsQuestion } from '../contract.js';
import {
  requestedModel,
  type ExploredModel,
  type ExploredModels,
} from '../models/requested-model.js';
import { pageTokens } from '../models/page-token.js';
import { attentionMap } from '../pictures/attention-map.js';
import { blockReading, checkRoom, promptReading } from '../studies/prompt-readings.js';

/** Maximum number of cells in a row of an attention map. */
const MAX_SIDE = 64;

const flag = z.boolean('true or false').optional();
const MAPS_QUESTION = question({
  ...{ model: text, prompt, side: integer(1, MAX_SIDE) },
  ...{ isByRow: flag, hidesFirst: flag },
});

/** Makes the call for small pictures of the attention of every head. It streams one event for each layer. */
export function mapsCall(models: ExploredModels): StreamedCall<MapsEvent> {
  return streamedCall(MAPS_QUESTION, (given, signal) => {
    const explored = requestedModel(models, given);
    checkRoom(explored.model.config, given.prompt);
    return maps(explored, given, signal);
  });
}

async function* maps(
  explored: ExploredModel,
  { prompt, side, ...options }: MapsQuestion,
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

const LENS_QUESTION = question({ model: text, prompt, last: integer(1) });

/**
 * Makes the call for the likeliest next token after each token and block (logit lens). It streams one event for the
 * embeddings, and one for each block.
 */
export function lensCall(models: ExploredModels): StreamedCall<LensEvent> {
  return streamedCall(LENS_QUESTION, (given, signal) => {
    const explored = requestedModel(models, given);
    checkRoom(explored.model.config, given.prompt);
    return lens(explored, given, signal);
  });
}

async function* lens(
  explored: ExploredModel,
  { prompt, last }: LensQuestion,
  signal?: AbortSignal,
): AsyncGenerator<LensEvent, void, undefined> {
  const reading = await promptReading(explored, prompt, { signal });
  const describe = pageTokens(explored);
  for (let blocks = 0; blocks <= explored.model.config.nLayer; blocks++) {
    const tokens = reading.lensAfter(blocks, last).map(({ token, probability }) => {
      return { ...describe(token), probability, rank: 1 };
    });
    yield { blocks, tokens };
    await nextTurn(); // other requests are answered between two blocks
    signal?.throwIfAborted();
  }
}
