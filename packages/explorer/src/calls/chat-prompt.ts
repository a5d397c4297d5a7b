import { samplingConfig, type TokenPrompt } from '@ramble/core';
import { answerFeature, fitPrompt } from '@ramble/core/app';
import { chatRoom, withoutOldestTurn } from '@ramble/core/domain';
import { z } from 'zod';

import { artifactView, pageTokens } from '../models/page-token.js';
import { integer, question, SOURCE, text, type WholeCall, wholeCall } from '../call.js';
import type { ChatTurn, EncodeAnswer } from '../contract.js';
import {
  type ExploredModel,
  type ExploredModels,
  findModel,
  pagePrompt,
  readSource,
} from '../models/requested-model.js';

/**
 * Renders a conversation with the chat template of a model's vocabulary, up to the beginning of the answer.
 */
export type ChatRenderer = (
  explored: ExploredModel,
  messages: readonly ChatTurn[],
) => Promise<string>;

const TURNS = 'a list of at least one message with a role and a content';
const QUESTION = question({
  model: text,
  messages: z.array(question({ role: text, content: text }), TURNS).min(1, TURNS),
});

/**
 * Makes the call that encodes a conversation. Names of special tokens in its messages are encoded as these tokens. As
 * in `ramble chat`, the oldest turns are left out if the answer would have less than a quarter of the context.
 */
export function chatPromptCall(
  models: ExploredModels,
  render: ChatRenderer,
): WholeCall<EncodeAnswer> {
  return wholeCall(QUESTION, async ({ model: id, messages }): Promise<EncodeAnswer> => {
    const explored = findModel(models, id);
    const { app, model } = explored;
    const domain = explored.domain.allowSpecialTokens?.() ?? explored.domain;
    if (!domain.chatTemplate) {
      throw new RangeError(`model: expected one with a chat template, got ${explored.id}`);
    }
    const tokensOf = async (turns: readonly ChatTurn[]): Promise<TokenPrompt['tokens']> => {
      const rendered = await render(explored, turns);
      checkSystem(turns, rendered);
      return domain.encodePrompt(app.readPrompt(new TextEncoder().encode(rendered))).tokens;
    };
    const room = chatRoom(model.config.contextLength);
    let turns: readonly ChatTurn[] = messages;
    let tokens = await tokensOf(turns);
    for (;;) {
      const rest = tokens.length > room ? withoutOldestTurn(turns) : undefined;
      if (!rest) break;
      [turns, tokens] = [rest, await tokensOf(rest)];
    }
    const max = model.decoder.maxPositions;
    if (tokens.length >= max) {
      throw new RangeError(
        `messages: expected fewer than the ${max} tokens of the context, got ${tokens.length}; write a shorter message or system prompt`,
      );
    }
    const answer = fittedPrompt({ ...explored, domain }, { tokens, outputStart: tokens.length });
    const leftOut = messages.length - turns.length;
    if (leftOut === 0) return answer;
    return { ...answer, cut: `the context is full: the first ${leftOut} messages are left out` };
  });
}

/** Refuses a system prompt that the template does not put into the prompt. */
function checkSystem(messages: readonly ChatTurn[], rendered: string): void {
  const first = messages.at(0);
  if (first?.role !== 'system' || rendered.includes(first.content.trim())) return;
  throw new RangeError(
    'system: expected a model whose chat template has a system prompt, got one that leaves it out; write it into your first message',
  );
}

const ENCODE_QUESTION = question({
  model: text,
  ...SOURCE,
  maxNewTokens: integer(1).optional(),
});

/** Makes the call that encodes a prompt. */
export function encodeCall(models: ExploredModels): WholeCall<EncodeAnswer> {
  return wholeCall(ENCODE_QUESTION, ({ model, maxNewTokens, ...source }): EncodeAnswer => {
    const explored = findModel(models, model);
    const { app, domain } = explored;
    const prompt = readSource(explored, source);
    const output = answerFeature.of(app)?.(prompt);
    if (output !== undefined) {
      return { prompt: { tokens: [] }, tokens: [], answer: artifactView(app.showOutput(output)) };
    }
    const encoded = domain.encodePrompt(prompt);
    const answer = fittedPrompt(explored, encoded, maxNewTokens);
    return encoded.grammarInput === undefined
      ? answer
      : { ...answer, prompt: { ...answer.prompt, source } };
  });
}

/**
 * Cuts a prompt so that its output fits into the context, if its domain can cut prompts. Otherwise the model
 * reads the end of a prompt that is too long.
 *
 * @param maxNewTokens - Maximum number of tokens of the output; by default the app's.
 * @throws RangeError if the prompt cannot be cut enough.
 */
function fittedPrompt(
  explored: ExploredModel,
  prompt: TokenPrompt,
  maxNewTokens: number = samplingConfig(explored.app.sampling).maxNewTokens,
): EncodeAnswer {
  const { domain, model } = explored;
  const { contextLength } = model.config;
  const fitted = fitPrompt(domain, model.decoder, prompt, maxNewTokens);
  if (fitted === undefined) {
    throw new RangeError(
      `prompt: expected room for the start of the output, got ${prompt.tokens.length} tokens for a context of ${contextLength}`,
    );
  }
  const { cut } = fitted;
  const by = domain.cutRule === undefined ? '' : ` (${domain.cutRule})`;
  const words = domain.cutPrompt
    ? `cut${by} to ${cut?.kept}, so that a context of ${contextLength} has room for the output`
    : `the model reads the last ${cut?.kept}`;
  return {
    prompt: pagePrompt(fitted.prompt),
    tokens: Array.from(fitted.prompt.tokens, pageTokens(explored)),
    ...(cut && { cut: `the prompt has ${cut.tokens} tokens; ${words}` }),
  };
}
