import type { Domain, DomainFactory, Random, TokenPrompt } from '@ramble/core';

/** A valid example of a domain, the prompt that its tokens begin with, and the output that the rest decodes to. */
export interface ValidExample<Example, Prompt, Output> {
  readonly example: Example;
  readonly prompt: Prompt;
  /** Result of `decodeOutput` for the example's tokens after the prompt, without a stop token. */
  readonly output: Output;
}

/** An example that a domain must refuse, or a prompt with tokens that its grammar must forbid. */
export type InvalidExample<Example, Prompt> =
  | {
      readonly example: Example;
      /** The complete message of the error that `encodeExample` throws. */
      readonly message: string;
    }
  | {
      readonly prompt: Prompt;
      /** An output with a stop token at its end. The grammar forbids at least one of its tokens. */
      readonly tokens: readonly number[];
    };

/** A domain, and examples that test it. */
export interface DomainContract<
  Example,
  Prompt,
  Output,
  D extends Domain<Example, Prompt, Output> = Domain<Example, Prompt, Output>,
> {
  /** Name of the domain in the titles of the tests, such as `text, characters`. */
  readonly name: string;
  /** Makes the domain. Each call must return an equal domain. */
  readonly create: () => Promise<D>;
  /** Makes a domain of the same kind with another vocabulary; absent if the vocabulary is fixed. */
  readonly createOther?: () => Promise<D>;
  readonly factory: Pick<DomainFactory<D, Example, never>, 'save' | 'load'>;
  /** Valid examples, at least twenty. */
  readonly valid: readonly ValidExample<Example, Prompt, Output>[];
  /** Invalid examples, at least twenty. */
  readonly invalid: readonly InvalidExample<Example, Prompt>[];
  /**
   * Whether tokens after a prompt, with a stop token at their end, are an output that the grammar should allow.
   * Required for a domain with a grammar: the tests compare the grammar with this function on mutations of the valid
   * examples and on random walks.
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
  const [before, after] = [tokens.slice(0, at), tokens.slice(at)];
  switch (kind) {
    case 0:
      return [...before, ...after.slice(1)];
    case 1:
      return [...before, ...after.slice(0, 1), ...after];
    case 2:
      return [...before, ...after.slice(0, 2).reverse(), ...after.slice(2)];
    case 3:
      return [...before, other, ...after.slice(1)];
    case 4:
      return [...before];
    default:
      return [...tokens, other];
  }
}
