import { z } from 'zod';

import { type WholeCall, wholeCall } from '../call.js';
import type { ChatTurn, EncodeAnswer } from '../contract.js';
import { type ExploredModel, type ExploredModels, findModel } from '../models/explored-model.js';
import { fittedPrompt } from '../models/fitted-prompt.js';
import { question, text } from '../questions/fields.js';

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
    const most = model.decoder.maxPositions;
    if (tokens.length >= most) {
      throw new RangeError(
        `messages: expected fewer than the ${most} tokens of the context, got ${tokens.length}; begin a new conversation`,
      );
    }
    return fittedPrompt({ ...explored, domain }, { tokens, outputStart: tokens.length });
  });
}
