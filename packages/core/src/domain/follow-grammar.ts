import { checkTokenIds } from './check-token-example.js';
import type { Grammar, TokenPrompt, Vocabulary } from './domain.js';

/** A grammar, its vocabulary and the stop tokens. */
export interface GrammarDomain {
  readonly grammar: Grammar<unknown>;
  readonly vocabulary: Vocabulary;
  readonly stopTokens: readonly number[];
}

/** The result of following a grammar along an output. */
export interface FollowedOutput {
  /** Index of the first token that the grammar forbids. */
  readonly forbidden?: number;
  /** Whether all tokens are allowed and the output ends with a stop token. */
  readonly isComplete: boolean;
}

/**
 * Follows an output up to the first token that a grammar refuses.
 *
 * @param tokens - The tokens after the prompt. A complete output ends with a stop token.
 * @throws RangeError as `allowedIds`.
 */
export function followGrammar(
  domain: GrammarDomain,
  prompt: TokenPrompt,
  tokens: readonly number[],
): FollowedOutput {
  const { grammar, stopTokens } = domain;
  let state = grammar.start(prompt);
  for (const [i, token] of tokens.entries()) {
    if (!allowedIds(domain, state).includes(token)) return { forbidden: i, isComplete: false };
    if (stopTokens.includes(token)) {
      const isLast = i === tokens.length - 1;
      return isLast ? { isComplete: true } : { forbidden: i + 1, isComplete: false };
    }
    state = grammar.advance(state, token);
  }
  return { isComplete: false };
}

/**
 * Returns the ids that a grammar allows in a state, after checking them.
 *
 * @throws RangeError for no id, more ids than the vocabulary has, ids out of range, and ids other than stop
 *   tokens in a state that must end.
 */
export function allowedIds(
  { grammar, stopTokens, vocabulary }: GrammarDomain,
  state: unknown,
): number[] {
  const allowed: number[] = [];
  for (const id of grammar.allowed(state)) {
    if (allowed.push(id) <= vocabulary.size) continue;
    throw new RangeError(
      `grammar.allowed: expected at most ${vocabulary.size} ids, each once, got more`,
    );
  }
  if (allowed.length === 0)
    throw new RangeError('grammar.allowed: expected at least one token, got none');
  checkTokenIds('grammar.allowed', allowed, vocabulary.size);
  const goesOn = allowed.find((id) => !stopTokens.includes(id));
  if (grammar.mustEnd(state) && goesOn !== undefined) {
    throw new RangeError(
      `grammar.allowed: expected only stop tokens where the output must end, got ${goesOn}`,
    );
  }
  return allowed;
}
