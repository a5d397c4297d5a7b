import type { AnyApp, TokenPrompt } from '@ramble/core';

import type { Output } from '../verb/output.js';
import type { OpenModel } from '../model/open-model.js';
import { cutPromptsWarning } from './cut-warnings.js';
import { planPrompts } from './plan-prompts.js';

/**
 * Encodes one prompt for the model, with a warning if it had to be cut. The app's own answers do
 * not count: an empty document has likely tokens, too.
 *
 * @param promptShare - Share of the context that it may take in any case.
 */
export async function fittingPrompt(
  { app, output }: { readonly app: Pick<AnyApp, 'packing'>; readonly output: Output },
  { domain, model: { config, decoder } }: OpenModel,
  prompt: unknown,
  maxNewTokens: number,
  promptShare?: number,
): Promise<TokenPrompt> {
  const { packing } = app;
  const planned = planPrompts({ packing }, domain, decoder, [prompt], maxNewTokens, promptShare);
  const warning = cutPromptsWarning(planned, domain, config);
  if (warning !== undefined) await output.warn(warning);
  return planned.asked[0].prompt;
}
