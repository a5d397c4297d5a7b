import type { Clock } from '@ramble/core';

import type { StreamedCall, WholeCall } from './call.js';
import { artifactCall } from './calls/artifact.js';
import { attentionCall } from './calls/attention.js';
import { chatPromptCall, type ChatRenderer } from './calls/chat-prompt.js';
import { encodeCall } from './calls/encode.js';
import { modelsCall } from './calls/models.js';
import { nextCall } from './calls/next.js';
import { parametersCall } from './calls/parameters.js';
import { readingCall } from './calls/reading.js';
import { scoreCall } from './calls/score.js';
import { scoresCall } from './calls/scores.js';
import { sourcesCall } from './calls/sources.js';
import { studyCall } from './calls/study.js';
import { writeCall } from './calls/write.js';
import type { StreamedCalls, WholeCalls } from './contract.js';
import type { ExploredModels } from './models/explored-model.js';

type Whole = { readonly [Name in keyof WholeCalls]: WholeCall<WholeCalls[Name]['answer']> };
type Streamed = {
  readonly [Name in keyof StreamedCalls]: StreamedCall<StreamedCalls[Name]['answer']>;
};

/** The calls of the contract about models, by name. */
export interface ExplorerCalls {
  /** Calls that are answered as a whole; `chatPrompt` is one where something renders conversations. */
  readonly whole: Omit<Whole, 'chatPrompt'> & Partial<Pick<Whole, 'chatPrompt'>>;
  /** Calls that are answered event by event. */
  readonly streamed: Streamed;
}

/** What calls need beside models. */
export interface ExplorerOptions {
  /** The clock by which writing is timed. */
  readonly clock?: Clock;
  /** Renders conversations; without it no model chats. */
  readonly renderChat?: ChatRenderer;
}

/**
 * Answers all calls about models; questions at the same time share a model's batch.
 *
 * @param models - The models that are open, which may change.
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
