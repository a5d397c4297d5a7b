import { fitPrompt, samplingConfig, type TokenPrompt } from '@ramble/core';

import type { EncodeAnswer } from '../contract.js';
import type { ExploredModel } from './explored-model.js';
import { pagePrompt } from './page-prompt.js';
import { pageTokens } from './page-token.js';

/**
 * A prompt that leaves room for its output, where its domain knows how it is cut; elsewhere the model reads
 * the end of one that is longer than its context.
 *
 * @param maxNewTokens - The maximum number of tokens of the output; the app's unless given.
 * @throws RangeError for a prompt that cannot be cut so that it leaves room.
 */
export function fittedPrompt(
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
