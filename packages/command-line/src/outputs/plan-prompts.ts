import {
  type AnyDomain,
  type AnyApp,
  type Decoder,
  fitPrompt,
  type TokenPrompt,
  answerFeature,
} from '@ramble/core';

/** Prompts as a model is asked them. */
export interface PlannedPrompts {
  /** Prompts that need the model; examples are sorted by length, so that a batch holds similar lengths. */
  readonly asked: readonly { readonly number: number; readonly prompt: TokenPrompt }[];
  /** Prompts that need no model, with their outputs. */
  readonly answered: readonly { readonly number: number; readonly output: unknown }[];
  /** Prompts that are cut to fit the context. */
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

/**
 * Encodes prompts and leaves room for their outputs, where the domain knows how a prompt is cut;
 * elsewhere the model is asked all of them and reads the end of one that is longer than its context.
 *
 * @param promptShare - Share of the context that a prompt may take in any case.
 * @throws RangeError with the number of a prompt, from 1, that leaves no room.
 */
export function planPrompts(
  app: Pick<AnyApp, 'packing' | 'features'>,
  domain: AnyDomain,
  decoder: Decoder,
  prompts: readonly unknown[],
  maxNewTokens: number,
  promptShare?: number,
): PlannedPrompts {
  const asked: { number: number; prompt: TokenPrompt }[] = [];
  const answered: { number: number; output: unknown }[] = [];
  const cut: CutPrompt[] = [];
  for (const [number, prompt] of prompts.entries()) {
    const output = answerFeature.of(app)?.(prompt);
    if (output !== undefined) {
      answered.push({ number, output });
      continue;
    }
    const whole = domain.encodePrompt(prompt);
    const fitted = fitPrompt(domain, decoder, whole, maxNewTokens, promptShare);
    if (fitted === undefined) {
      throw new RangeError(
        `prompt: expected room for the start of the output, got ${whole.tokens.length} tokens ` +
          `for a context of ${decoder.config.contextLength} (prompt ${number + 1})`,
      );
    }
    asked.push({ number, prompt: fitted.prompt });
    if (fitted.cut) cut.push({ number, ...fitted.cut });
  }
  if (app.packing === 'examples') {
    asked.sort((a, b) => a.prompt.tokens.length - b.prompt.tokens.length || a.number - b.number);
  }
  return { asked, answered, cut };
}
