import { type AnyApp, type ModelConfig, mostPositions, type TokenPrompt } from '@ramble/core';

import type { AnyDomain } from '../model/open-model.js';

/** Prompts as a model is asked them. */
export interface PlannedPrompts {
  /** Those that need the model; examples by length, so that like ones are written side by side. */
  readonly asked: readonly { readonly number: number; readonly prompt: TokenPrompt }[];
  /** Those that need none, with their outputs. */
  readonly answered: readonly { readonly number: number; readonly output: unknown }[];
  /** Those of which the model does not read all. */
  readonly cut: readonly CutPrompt[];
}

/** A prompt that was too long. */
interface CutPrompt {
  readonly number: number;
  /** How many it has. */
  readonly tokens: number;
  /** How many of them the model reads. */
  readonly kept: number;
}

/** Of prompts whose outputs may be as long as they like. */
const PROMPT_SHARE = 0.75;

/**
 * Encodes prompts and leaves room for their outputs, where the domain knows how a prompt is cut;
 * elsewhere the model is asked all of them and reads the end of one that is longer than its context.
 *
 * @param promptShare - Share of the context that a prompt may take in any case.
 * @throws RangeError with the number of a prompt, from 1, that leaves no room.
 */
export function planPrompts(
  app: Pick<AnyApp, 'packing' | 'answer'>,
  domain: AnyDomain,
  model: Pick<ModelConfig, 'attention' | 'contextLength'>,
  prompts: readonly unknown[],
  maxNewTokens: number,
  promptShare = PROMPT_SHARE,
): PlannedPrompts {
  const { contextLength } = model;
  const most = mostPositions(model);
  const room = Math.max(contextLength - maxNewTokens, Math.floor(promptShare * contextLength));
  const asked: { number: number; prompt: TokenPrompt }[] = [];
  const answered: { number: number; output: unknown }[] = [];
  const cut: CutPrompt[] = [];
  for (const [number, prompt] of prompts.entries()) {
    const output = app.answer?.(prompt);
    if (output !== undefined) {
      answered.push({ number, output });
      continue;
    }
    const whole = domain.encodePrompt(prompt);
    const { length } = whole.tokens;
    if (!domain.cutPrompt || length <= room) {
      asked.push({ number, prompt: whole });
      if (length > most) cut.push({ number, tokens: length, kept: contextLength });
      continue;
    }
    const fitting = domain.cutPrompt(whole, room);
    if (fitting === undefined) {
      throw new RangeError(
        `prompt: expected room for what the output begins with, got ${length} tokens ` +
          `for a context of ${contextLength} (prompt ${number + 1})`,
      );
    }
    cut.push({ number, tokens: length, kept: fitting.tokens.length });
    asked.push({ number, prompt: fitting });
  }
  if (app.packing === 'examples') {
    asked.sort((a, b) => a.prompt.tokens.length - b.prompt.tokens.length || a.number - b.number);
  }
  return { asked, answered, cut };
}
