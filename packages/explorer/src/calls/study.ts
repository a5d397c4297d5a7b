import type { ModelConfig } from '@ramble/core';
import { cacheSizes } from '@ramble/core/study';

import { eventQueue, readTokens, whenAborted } from '../batch/model-batch.js';
import {
  integer,
  MAX_ALTERNATIVES,
  prompt,
  question,
  type StreamedCall,
  streamedCall,
  text,
  type WholeCall,
  wholeCall,
} from '../call.js';
import type { PagePrompt, ReadingAnswer, StudyAnswer, StudyEvent } from '../contract.js';
import { askedModel, type ExploredModel, type ExploredModels } from '../models/asked-model.js';
import { pageTokens } from '../models/page-token.js';
import { promptReading } from '../studies/prompt-readings.js';
import { checkRoom } from '../studies/recent.js';

const QUESTION = question({ model: text, prompt });

/** Streams the progress of a study, then everything that a model computes for a prompt except attention. */
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

/** Returns the sizes of a model for one kind of attention. */
function lengthsOf(kind: string, config: ModelConfig): Partial<StudyAnswer['layers'][number]> {
  const { compressionFactor, localBlock, window } = config;
  if (kind.startsWith('compressed')) return { groupLength: compressionFactor };
  if (kind.includes('local')) return { blockLength: localBlock };
  return kind === 'window' ? { windowLength: window } : {};
}

const READING_QUESTION = question({
  model: text,
  prompt,
  alternatives: integer(0, MAX_ALTERNATIVES),
});

/** Returns the probabilities of a text's tokens, and the most probable alternatives of each. */
export function readingCall(models: ExploredModels): WholeCall<ReadingAnswer> {
  return wholeCall(READING_QUESTION, async (given, signal): Promise<ReadingAnswer> => {
    const explored = askedModel(models, given);
    const { alternatives } = given;
    return { tokens: await readTokens(explored, given.prompt, { alternatives, signal }) };
  });
}
