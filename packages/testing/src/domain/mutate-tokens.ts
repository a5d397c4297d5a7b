import type { Random } from '@ramble/core';

/** How many kinds of mutation there are. */
export const MUTATIONS = 6;

/**
 * A sequence with one slip: a token lost, said twice, swapped with the next, or another one; the end
 * lost; something after the end.
 *
 * @param kind - 0 to `MUTATIONS - 1`.
 * @param random - Says where, and which other token.
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
