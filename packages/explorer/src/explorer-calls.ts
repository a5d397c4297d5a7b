import type { Clock, Grammar } from '@ramble/core';
import { checkTokenIds } from '@ramble/core/domain';
import { largestTokens } from '@ramble/core/sampling';
import { meanOfHeads, plainRows } from '@ramble/core/study';

import { readLogits } from './batch/model-batch.js';
import {
  ids,
  integer,
  MAX_ALTERNATIVES,
  prompt,
  question,
  settings,
  type StreamedCall,
  text,
  type WholeCall,
  wholeCall,
} from './call.js';
import { chatPromptCall, type ChatRenderer, encodeCall } from './calls/chat-prompt.js';
import { parametersCall } from './calls/parameters.js';
import { scoreCall, scoresCall } from './calls/score.js';
import { sourcesCall } from './calls/sources.js';
import { readingCall, studyCall } from './calls/study.js';
import { writeCall } from './calls/write.js';
import type {
  ArtifactView,
  AttentionAnswer,
  ModelView,
  NextAnswer,
  PagePrompt,
  StreamedCalls,
  WholeCalls,
} from './contract.js';
import { type Distribution, distribution } from './distribution.js';
import { shownOutput } from './models/artifact-view.js';
import { askedModel, type ExploredModels, outputRules } from './models/asked-model.js';
import { modelView } from './models/model-view.js';
import { pageTokens } from './models/page-token.js';
import { layerScores } from './studies/prompt-readings.js';
import { checkRoom, tableOf } from './studies/recent.js';

type Whole = { readonly [Name in keyof WholeCalls]: WholeCall<WholeCalls[Name]['answer']> };
type Streamed = {
  readonly [Name in keyof StreamedCalls]: StreamedCall<StreamedCalls[Name]['answer']>;
};

/** The calls of the contract about models, by name. */
export interface ExplorerCalls {
  /** Calls with one answer; `chatPrompt` exists only with a chat renderer. */
  readonly whole: Omit<Whole, 'chatPrompt'> & Partial<Pick<Whole, 'chatPrompt'>>;
  /** Calls that are answered by a stream of events. */
  readonly streamed: Streamed;
}

/** Dependencies of calls in addition to models. */
export interface ExplorerOptions {
  /** Clock for measuring the speed of sampling. */
  readonly clock?: Clock;
  /** Renders conversations. Without it, no model can chat. */
  readonly renderChat?: ChatRenderer;
}

/**
 * Makes all calls about models. Simultaneous requests are batched by model.
 *
 * @param models - The open models, which may change.
 */
export function explorerCalls(
  models: ExploredModels,
  { clock = performance, renderChat }: ExplorerOptions = {},
): ExplorerCalls {
  return {
    whole: {
      models: modelsCall(models, renderChat !== undefined),
      encode: encodeCall(models),
      ...(renderChat && { chatPrompt: chatPromptCall(models, renderChat) }),
      next: nextCall(models),
      reading: readingCall(models),
      artifact: artifactCall(models),
      score: scoreCall(models),
      attention: attentionCall(models),
      scores: scoresCall(models),
      sources: sourcesCall(models),
      parameters: parametersCall(models),
    },
    streamed: { write: writeCall(models, clock), study: studyCall(models) },
  };
}

/** Lists the models that are open. */
function modelsCall(models: ExploredModels, canChat: boolean): WholeCall<readonly ModelView[]> {
  return wholeCall(question({}), () => models.list().map((model) => modelView(model, canChat)));
}

const QUESTION = question({ model: text, prompt, output: ids });

/** Shows an output in its final form. */
function artifactCall(models: ExploredModels): WholeCall<ArtifactView> {
  return wholeCall(QUESTION, (given) => {
    const explored = askedModel(models, given);
    checkTokenIds('output', given.output, explored.model.config.vocabSize);
    return shownOutput(explored, given.prompt, given.output);
  });
}

const ATTENTION_QUESTION = question({
  model: text,
  prompt,
  layer: integer(0),
  head: integer(0).optional(),
});

/** Returns the attention weights of each position, in one head or as the mean over a layer's heads. */
function attentionCall(models: ExploredModels): WholeCall<AttentionAnswer> {
  return wholeCall(ATTENTION_QUESTION, async (given, signal): Promise<AttentionAnswer> => {
    const explored = askedModel(models, given);
    checkRoom(explored.model.config, given.prompt);
    const tables = await layerScores(explored, given.prompt, given.layer, { signal });
    const heads = tables.map(({ weights }) => weights);
    const rows =
      given.head === undefined
        ? heads[0].map((_, position) => meanOfHeads(heads, position))
        : tableOf(tables, given.head).weights;
    return { weights: plainRows(rows) };
  });
}

const NEXT_QUESTION = question({
  model: text,
  prompt,
  count: integer(1, MAX_ALTERNATIVES),
  options: settings.optional(),
});

/** Returns the most probable next tokens, and the tokens that the grammar forbids. */
function nextCall(models: ExploredModels): WholeCall<NextAnswer> {
  return wholeCall(NEXT_QUESTION, async (given, signal): Promise<NextAnswer> => {
    const explored = askedModel(models, given);
    const { grammar } = outputRules(explored, {}, given.options);
    const describe = pageTokens(explored);
    let answer: NextAnswer = { tokens: [], entropy: 0 };
    const onLast = (logits: Float32Array): void => {
      const found = distribution(logits, describe);
      answer = {
        tokens: found.likeliest(given.count),
        entropy: found.entropy,
        ...(grammar && {
          refused: refusedBy(grammar, given.prompt, logits, found, given.count),
        }),
      };
    };
    await readLogits(explored.model, given.prompt, { onLast, signal });
    return answer;
  });
}

/** Returns the tokens that a grammar forbids after a prompt. */
function refusedBy(
  grammar: Grammar<unknown>,
  given: PagePrompt,
  logits: Float32Array,
  found: Distribution,
  count: number,
): NextAnswer['refused'] {
  const refused = Float32Array.from(logits);
  for (const id of grammar.allowed(grammar.start(given))) refused[id] = -Infinity;
  const ids = Array.from(refused.keys()).filter((id) => refused[id] !== -Infinity);
  return {
    count: ids.length,
    probability: ids.reduce((sum, id) => sum + found.probability(id), 0),
    tokens: largestTokens(refused, count).map(found.token),
  };
}
