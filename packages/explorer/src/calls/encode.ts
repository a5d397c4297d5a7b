import { checkSettings, answerFeature } from '@ramble/core';
import { z } from 'zod';

import { fromBase64 } from '../base64.js';
import { type WholeCall, wholeCall } from '../call.js';
import type { EncodeAnswer, EncodeQuestion } from '../contract.js';
import { artifactView } from '../models/artifact-view.js';
import { type ExploredModel, type ExploredModels, findModel } from '../models/explored-model.js';
import { fittedPrompt } from '../models/fitted-prompt.js';
import { integer, question, settings, text } from '../questions/fields.js';

const QUESTION = question({
  model: text,
  text: text.optional(),
  file: z.string('a file in base64').optional(),
  options: settings.optional(),
  maxNewTokens: integer(1).optional(),
});

/** Makes tokens of a prompt. */
export function encodeCall(models: ExploredModels): WholeCall<EncodeAnswer> {
  return wholeCall(QUESTION, (asked): EncodeAnswer => {
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
