import type { AnyDomain, Domain, TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { streamOutputFeature } from './app-features.js';
import type { AnyApp, AnyAskedApp } from './app.js';

/** A prompt that was cut to leave room for its output, if its domain defines how. */
export interface FittedPrompt {
  readonly prompt: TokenPrompt;
  /** Number of tokens of the whole prompt, and of the part that the model reads; absent if the model reads all. */
  readonly cut?: { readonly tokens: number; readonly kept: number };
}

/** Fraction of the context that a prompt may take in any case, even if the output may fill the whole context. */
const PROMPT_SHARE = 0.75;

/**
 * Cuts a prompt to leave room for an output, if the domain defines how. Otherwise the model reads only the
 * end of a prompt that is longer than its context.
 *
 * @param promptShare - Fraction of the context that a prompt may take in any case.
 * @returns `undefined` if the domain cannot cut the prompt enough.
 */
export function fitPrompt(
  domain: Pick<Domain<unknown, unknown, unknown>, 'cutPrompt'>,
  { config: { contextLength }, maxPositions }: Decoder,
  prompt: TokenPrompt,
  maxNewTokens: number,
  promptShare: number = PROMPT_SHARE,
): FittedPrompt | undefined {
  const { length } = prompt.tokens;
  const room = Math.max(contextLength - maxNewTokens, Math.floor(promptShare * contextLength));
  if (!domain.cutPrompt || length <= room) {
    if (length <= maxPositions) return { prompt };
    return { prompt, cut: { tokens: length, kept: contextLength } };
  }
  const fitting = domain.cutPrompt(prompt, room);
  if (fitting === undefined) return undefined;
  return { prompt: fitting, cut: { tokens: length, kept: fitting.tokens.length } };
}

/**
 * Returns the file extension of an app's outputs without its dot, such as `mid`. It is read from an empty output.
 *
 * @returns `undefined` if outputs are text.
 */
export function outputFormat(app: AnyAskedApp, domain: AnyDomain): string | undefined {
  if (streamOutputFeature.of(app)) return undefined;
  try {
    const artifact = app.showOutput(domain.decodeOutput([]));
    return artifact.kind === 'file' ? artifact.extension.replace(/^\./, '') : undefined;
  } catch {
    return undefined; // a user's app may be unable to show an empty output
  }
}

/**
 * Returns the tokens from which an output is decoded. A piece is decoded from the beginning of its prompt, and an
 * answer from its forced start.
 *
 * @param output - The tokens that the model generated after the prompt.
 */
export function outputTokens(
  { packing }: Pick<AnyApp, 'packing'>,
  { tokens, outputStart = tokens.length }: TokenPrompt,
  output: readonly number[],
): number[] {
  return [...Array.from(tokens).slice(packing === 'pieces' ? 0 : outputStart), ...output];
}
