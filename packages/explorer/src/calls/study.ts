import type { ModelConfig } from '@ramble/core';
import { checkTokenIds } from '@ramble/core/domain';
import {
  cacheSizes,
  type HeadReading,
  meanOfHeads,
  plainRows,
  sourceRows,
  type TokenVector,
} from '@ramble/core/study';

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
  BlockAnswer,
  EndsAnswer,
  HeadAnswer,
  PagePrompt,
  ReadingAnswer,
  ScoresAnswer,
  SourcesAnswer,
  StudyAnswer,
  StudyEvent,
  VectorView,
} from '../contract.js';
import {
  requestedModel,
  type ExploredModel,
  type ExploredModels,
} from '../models/requested-model.js';
import { pageTokens } from '../models/page-token.js';
import { blockReading, checkRoom, promptReading } from '../studies/prompt-readings.js';

const QUESTION = question({ model: text, prompt });

/**
 * Makes the call that streams the progress of a forward pass over a prompt, and then the results of the pass, except
 * attention (a study).
 */
export function studyCall(models: ExploredModels): StreamedCall<StudyEvent> {
  return streamedCall(QUESTION, (given, signal) => {
    const explored = requestedModel(models, given);
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
    const block = await blockReading(explored, prompt, layer, { signal });
    if (head !== undefined) return { weights: plainRows(block.table(head).weights) };
    const { nHead } = explored.model.config;
    const heads = Array.from({ length: nHead }, (_, each) => block.table(each).weights);
    return { weights: plainRows(heads[0].map((_, position) => meanOfHeads(heads, position))) };
  },
);

/** Call for one head's attention scores, its mask and the resulting weights. */
export const scoresCall = promptCall(
  { layer: integer(0), head: integer(0) },
  async (explored, { prompt, layer, head }, signal): Promise<ScoresAnswer> => {
    const block = await blockReading(explored, prompt, layer, { signal });
    const { scores, masked, weights } = block.table(head);
    return { scores: plainRows(scores), masked: plainRows(masked), weights: plainRows(weights) };
  },
);

/** Call for every vector of a token in a block, from the block's input to its output. */
export const blockCall = promptCall(
  { layer: integer(0), position: integer(0) },
  async (explored, { prompt, layer, position }, signal): Promise<BlockAnswer> => {
    const block = await blockReading(explored, prompt, layer, { signal });
    return { vectors: vectorViews(block.vectors(position)) };
  },
);

/** Maximum number of keys in an answer about a head, and of rows of the output projection. */
const MAX_ROWS = 64;

/** Call for a token's attention in one head: its query, the keys with the largest weights, and their values. */
export const headCall = promptCall(
  { layer: integer(0), head: integer(0), position: integer(0), count: integer(1, MAX_ROWS) },
  async (explored, { prompt, layer, head, position, count }, signal): Promise<HeadAnswer> => {
    const block = await blockReading(explored, prompt, layer, { signal });
    return headAnswer(block.head(head, position), count);
  },
);

/** Maximum number of keys hidden by the mask that an answer about a head contains as examples. */
const MAX_HIDDEN = 2;

function headAnswer(reading: HeadReading, count: number): HeadAnswer {
  const { query, keys, values, scores, masked, weights, sum } = reading;
  const all = Array.from(weights.keys());
  const [seen, hidden] = [true, false].map((is) =>
    all.filter((key) => masked[key] > -Infinity === is),
  );
  const byWeight = [...seen].sort((a, b) => weights[b] - weights[a]);
  const rest = byWeight.slice(count);
  const shown = [...byWeight.slice(0, count), ...hidden.slice(0, MAX_HIDDEN)];
  const ofRest = new Float32Array(sum.length);
  for (const key of rest) values[key].forEach((x, i) => (ofRest[i] += weights[key] * x));
  return {
    query: numbers(query),
    keys: shown
      .sort((a, b) => a - b)
      .map((index) => ({
        index,
        key: numbers(keys[index]),
        score: scores[index],
        isHidden: masked[index] === -Infinity,
        weight: weights[index],
        value: numbers(values[index]),
      })),
    rest: {
      count: rest.length,
      weight: rest.reduce((total, key) => total + weights[key], 0),
      sum: numbers(ofRest),
    },
    ...{ seen: seen.length, hidden: hidden.length },
    sum: numbers(sum),
  };
}

/**
 * Call for a token's vectors before the first block and after the last one, and for the rows of the output projection
 * that belong to the most probable next tokens.
 */
export const endsCall = promptCall(
  { position: integer(0), count: integer(1, MAX_ROWS) },
  async (explored, { prompt, position, count }, signal): Promise<EndsAnswer> => {
    checkRoom(explored.model.config, prompt);
    const reading = await promptReading(explored, prompt, { signal });
    const describe = pageTokens(explored);
    const most = Math.min(count, explored.model.config.vocabSize);
    const { vectors, rows } = reading.output(position, most);
    return {
      embedding: vectorViews(reading.embedding(position)),
      output: vectorViews(vectors),
      rows: rows.map(({ token, probability, logit, row }, i) => {
        return { ...describe(token), probability, rank: i + 1, logit, row: numbers(row) };
      }),
    };
  },
);

function vectorViews(vectors: readonly TokenVector[]): VectorView[] {
  return vectors.map(({ step, values }) => ({ step, values: numbers(values) }));
}

/** Converts 32-bit floats for JSON, rounded to nine significant digits, which identify each float exactly. */
function numbers(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}

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
