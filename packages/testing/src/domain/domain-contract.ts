import type { Domain, DomainFactory, Random, TokenPrompt } from '@ramble/core';

/** An example with a beginning of it, and what is left to say from there. */
export interface ValidExample<Example, Prompt, Output> {
  readonly example: Example;
  readonly prompt: Prompt;
  /** Result of `decodeOutput` for the example's tokens after the prompt, without a stop token. */
  readonly output: Output;
}

/** An example that a domain must reject, or a prompt with tokens that its grammar must forbid. */
export type InvalidExample<Example, Prompt> =
  | {
      readonly example: Example;
      /** The whole message of the error that `encodeExample` throws. */
      readonly message: string;
    }
  | {
      readonly prompt: Prompt;
      /** An output, stop token included, that the grammar forbids somewhere. */
      readonly tokens: readonly number[];
    };

/** A domain, and examples that show what it promises. */
export interface DomainContract<
  Example,
  Prompt,
  Output,
  D extends Domain<Example, Prompt, Output> = Domain<Example, Prompt, Output>,
> {
  /** Names the tests: `text, characters`. */
  readonly name: string;
  /** Makes the domain, equal ones at each call. */
  readonly create: () => Promise<D>;
  /** Makes a domain of the same kind with another vocabulary; absent if the vocabulary is fixed. */
  readonly createOther?: () => Promise<D>;
  readonly factory: Pick<DomainFactory<D, Example, never>, 'save' | 'load'>;
  /** Valid examples, at least twenty. */
  readonly valid: readonly ValidExample<Example, Prompt, Output>[];
  /** Invalid examples, at least twenty. */
  readonly invalid: readonly InvalidExample<Example, Prompt>[];
  /**
   * Whether tokens after a prompt, a stop token at their end, are an output that the grammar should
   * allow. A domain with a grammar needs it: its grammar is held against it on mutations of the
   * valid examples and on random walks.
   */
  readonly isValidOutput?: (tokens: readonly number[], prompt: TokenPrompt) => boolean;
}

/** Number of kinds of mutation. */
export const MUTATIONS = 6;

/**
 * Returns a sequence with one fault: a token removed, repeated, swapped with the next or replaced; the end
 * removed; or a token added after the end.
 *
 * @param kind - 0 to `MUTATIONS - 1`.
 * @param random - Draws the position of the fault and the other token.
 */
export function mutateTokens(
  tokens: readonly number[],
  kind: number,
  vocabSize: number,
  random: Random,
): number[] {
  const at = tokens.length === 0 ? 0 : random.integer(0, tokens.length);
  const other = random.integer(1, vocabSize);
  const [before, behind] = [tokens.slice(0, at), tokens.slice(at)];
  switch (kind) {
    case 0:
      return [...before, ...behind.slice(1)];
    case 1:
      return [...before, ...behind.slice(0, 1), ...behind];
    case 2:
      return [...before, ...behind.slice(0, 2).reverse(), ...behind.slice(2)];
    case 3:
      return [...before, other, ...behind.slice(1)];
    case 4:
      return [...before];
    default:
      return [...tokens, other];
  }
}
