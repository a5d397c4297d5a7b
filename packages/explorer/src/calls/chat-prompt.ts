import { checkSettings, samplingConfig, type TokenPrompt } from '@ramble/core';
import { answerFeature, fitPrompt } from '@ramble/core/app';
import { z } from 'zod';

import { fromBase64 } from '../base64.js';
import { type WholeCall, wholeCall } from '../call.js';
import type { ChatTurn, EncodeAnswer, EncodeQuestion } from '../contract.js';
import { artifactView } from '../models/artifact-view.js';
import {
  type ExploredModel,
  type ExploredModels,
  findModel,
  pagePrompt,
} from '../models/asked-model.js';
import { pageTokens } from '../models/page-token.js';
import { integer, question, settings, text } from '../questions/fields.js';

/** Writes a conversation as the template of a model's vocabulary has it, up to where the answer begins. */
export type ChatRenderer = (
  explored: ExploredModel,
  messages: readonly ChatTurn[],
) => Promise<string>;

const TURNS = 'a list of at least one message with a role and a content';
const QUESTION = question({
  model: text,
  messages: z.array(question({ role: text, content: text }), TURNS).min(1, TURNS),
});

/** Makes tokens of a conversation, in which names of special tokens are those tokens. */
export function chatPromptCall(
  models: ExploredModels,
  render: ChatRenderer,
): WholeCall<EncodeAnswer> {
  return wholeCall(QUESTION, async (asked): Promise<EncodeAnswer> => {
    const explored = findModel(models, asked.model);
    const { app, model } = explored;
    const domain = explored.domain.allowSpecialTokens?.() ?? explored.domain;
    if (!domain.chatTemplate) {
      throw new RangeError(`model: expected one with a chat template, got ${explored.id}`);
    }
    const rendered = await render(explored, asked.messages);
    const { tokens } = domain.encodePrompt(app.readPrompt(new TextEncoder().encode(rendered)));
    const max = model.decoder.maxPositions;
    if (tokens.length >= max) {
      throw new RangeError(
        `messages: expected fewer than the ${max} tokens of the context, got ${tokens.length}; begin a new conversation`,
      );
    }
    return fittedPrompt({ ...explored, domain }, { tokens, outputStart: tokens.length });
  });
}

const ENCODE_QUESTION = question({
  model: text,
  text: text.optional(),
  file: z.string('a file in base64').optional(),
  options: settings.optional(),
  maxNewTokens: integer(1).optional(),
});

/** Makes tokens of a prompt. */
export function encodeCall(models: ExploredModels): WholeCall<EncodeAnswer> {
  return wholeCall(ENCODE_QUESTION, (asked): EncodeAnswer => {
    const explored = findModel(models, asked.model);
    const { app, domain } = explored;
    const prompt = readPrompt(explored, asked);
    const output = answerFeature.of(app)?.(prompt);
    if (output !== undefined) {
      return { prompt: { tokens: [] }, tokens: [], answer: artifactView(app.showOutput(output)) };
    }
    return fittedPrompt(explored, domain.encodePrompt(prompt), asked.maxNewTokens);
  });
}

/**
 * Reads a prompt as its domain does. Where options name a file, as the command line does, the name alone says
 * what the content is.
 */
function readPrompt(
  { app }: Pick<ExploredModel, 'app'>,
  { text: given, file, options = {} }: EncodeQuestion,
): unknown {
  if (file !== undefined && given !== undefined) {
    throw new RangeError('text: expected none with a file, got one');
  }
  const content =
    file === undefined ? new TextEncoder().encode(given ?? '') : fromBase64('file', file);
  const prompt = app.readPrompt(content);
  const wishes = checkSettings<unknown>(app.prompting?.settings ?? {}, options);
  return app.prompting ? app.prompting.apply(prompt, wishes) : prompt;
}

/**
 * A prompt that leaves room for its output, where its domain knows how it is cut; elsewhere the model reads
 * the end of one that is longer than its context.
 *
 * @param maxNewTokens - The maximum number of tokens of the output; the app's unless given.
 * @throws RangeError for a prompt that cannot be cut so that it leaves room.
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
