import type { ModelConfig } from '@ramble/core';
import { checkTokenIds } from '@ramble/core/domain';
import { cacheSizes, meanOfHeads, plainRows, sourceRows } from '@ramble/core/study';

import { eventQueue, readTokens, whenAborted } from '../batch/model-batch.js';
import {
  ids,
  integer,
  MAX_ALTERNATIVES,
  prompt,
  promptCall,
  question,
  type StreamedCall,
  streamedCall,
  text,
} from '../call.js';
import type {
  AttentionAnswer,
  PagePrompt,
  ReadingAnswer,
  ScoresAnswer,
  SourcesAnswer,
  StudyAnswer,
  StudyEvent,
} from '../contract.js';
import { askedModel, type ExploredModel, type ExploredModels } from '../models/asked-model.js';
import { pageTokens } from '../models/page-token.js';
import { checkRoom, layerScores, promptReading, tableOf } from '../studies/prompt-readings.js';

const QUESTION = question({ model: text, prompt });

/**
 * Makes the call that streams the progress of a study, then everything that a model computes for a prompt except
 * attention.
 */
export function studyCall(models: ExploredModels): StreamedCall<StudyEvent> {
  return streamedCall(QUESTION, (given, signal) => {
    const explored = askedModel(models, given);
    checkRoom(explored.model.config, given.prompt);
    const cache = cacheSizes(explored.model.decoder, given.prompt);
    return study(explored, given.prompt, cache, signal);
  });
}

async function* study(
  explored: ExploredModel,
  prompt: PagePrompt,
  cache: StudyAnswer['cache'],
  signal?: AbortSignal,
): AsyncGenerator<StudyEvent, void, undefined> {
  const { config } = explored.model;
  const describe = pageTokens(explored);
  const events = eventQueue<StudyEvent>();
  const stop = new AbortController();
  const forget = whenAborted(signal, (reason) => stop.abort(reason));
  const onProgress = (blocks: number): void => {
    events.push({ kind: 'progress', blocks, of: config.nLayer });
  };
  promptReading(explored, prompt, { signal: stop.signal, onProgress }).then(({ steps, lens }) => {
    const study: StudyAnswer = {
      tokens: prompt.tokens.map(describe),
      steps,
      lens: lens.map(({ blocks, tokens }) => ({
        blocks,
        tokens: tokens.map(({ token, probability }, i) => {
          return { ...describe(token), probability, rank: i + 1 };
        }),
      })),
      cache,
      layers: layersOf(config),
    };
    events.push({ kind: 'study', study });
    events.end();
  }, events.fail);
  try {
    yield* events;
  } finally {
    forget();
    stop.abort(); // the events are no longer read
  }
}

function layersOf(config: ModelConfig): StudyAnswer['layers'] {
  const { attention, nLayer, nHead: heads, nKvHead: keyValueHeads } = config;
  const kinds = attention.split(','); // one kind per layer, repeated if the model has more layers
  return Array.from({ length: nLayer }, (_, layer) => {
    const kind = kinds[layer % kinds.length];
    return { kind, heads, keyValueHeads, ...lengthsOf(kind, config) };
  });
}

/** Returns the group, block or window length that one kind of attention uses. */
function lengthsOf(kind: string, config: ModelConfig): Partial<StudyAnswer['layers'][number]> {
  const { compressionFactor, localBlock, window } = config;
  if (kind.startsWith('compressed')) return { groupLength: compressionFactor };
  if (kind.includes('local')) return { blockLength: localBlock };
  return kind === 'window' ? { windowLength: window } : {};
}

/** Call for the probabilities of a text's tokens, and the most probable alternatives of each. */
export const readingCall = promptCall(
  { alternatives: integer(0, MAX_ALTERNATIVES) },
  async (explored, { prompt, alternatives }, signal): Promise<ReadingAnswer> => {
    return { tokens: await readTokens(explored, prompt, { alternatives, signal }) };
  },
);

/** Call for the attention weights of each position, in one head or as the mean over a layer's heads. */
export const attentionCall = promptCall(
  { layer: integer(0), head: integer(0).optional() },
  async (explored, { prompt, layer, head }, signal): Promise<AttentionAnswer> => {
    checkRoom(explored.model.config, prompt);
    const tables = await layerScores(explored, prompt, layer, { signal });
    if (head !== undefined) return { weights: plainRows(tableOf(tables, head).weights) };
    const heads = tables.map(({ weights }) => weights);
    return { weights: plainRows(heads[0].map((_, position) => meanOfHeads(heads, position))) };
  },
);

/** Call for one head's attention scores, its mask and the resulting weights. */
export const scoresCall = promptCall(
  { layer: integer(0), head: integer(0) },
  async (explored, { prompt, layer, head }, signal): Promise<ScoresAnswer> => {
    checkRoom(explored.model.config, prompt);
    const table = tableOf(await layerScores(explored, prompt, layer, { signal }), head);
    const { scores, masked, weights } = table;
    return { scores: plainRows(scores), masked: plainRows(masked), weights: plainRows(weights) };
  },
);

/** Call for the attention of each output token to the prompt's tokens. */
export const sourcesCall = promptCall(
  { output: ids },
  ({ model }, { prompt, output }): SourcesAnswer => {
    checkTokenIds('output', output, model.config.vocabSize);
    const { tokens, prefixLength } = prompt;
    if (output.length === 0) return { weights: [] };
    const pair = { tokens: [...tokens, ...output], prefixLength, outputStart: tokens.length };
    return { weights: plainRows(sourceRows(model, pair)) };
  },
);
