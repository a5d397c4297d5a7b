import { type ModelConfig, type PromptStudy, studyPrompt } from '@ramble/core';

import type { DomainCall } from '../../../cli/verb.js';
import { type PromptFlags, readPrompt } from '../../../content/prompt-flags.js';
import type { ModelFlags } from '../../../model/model-flags.js';
import { openModel } from '../../../model/open-model.js';

export interface StudyFlags extends ModelFlags, PromptFlags {
  readonly layer?: number;
  readonly head?: number;
}

/** Next tokens of each reading of the lens. */
const COUNT = 10;
/** Most attention weights of all heads together: what a page or a JSON can still be opened with. */
const MOST_WEIGHTS = 2 ** 21;

/**
 * Shows a run the prompt that was given and watches.
 *
 * @throws RangeError when the prompt is longer than the context or than can be shown, or the run has
 *   no such head.
 */
export async function readStudy(call: DomainCall<StudyFlags>): Promise<PromptStudy> {
  const { app, flags, io } = call;
  const { prompt } = await readPrompt(app, flags, io.stdin);
  const { domain, model } = await openModel(call);
  const encoded = domain.encodePrompt(prompt);
  checkLength(model.config, encoded.tokens.length);
  const place = { layer: flags.layer ?? 0, head: flags.head ?? 0 };
  return studyPrompt(model, encoded, domain.vocabulary, { place, count: COUNT });
}

function checkLength({ nLayer, nHead, contextLength }: ModelConfig, length: number): void {
  const most = Math.min(contextLength, Math.floor(Math.sqrt(MOST_WEIGHTS / (nLayer * nHead))));
  if (length > most && length <= contextLength) {
    throw new RangeError(
      `prompt: expected at most ${most} tokens, for ${nLayer} x ${nHead} pictures of attention, got ${length}`,
    );
  }
}
