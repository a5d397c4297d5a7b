import type { Grammar, TokenExample, TokenPrompt, Vocabulary } from './domain.js';

/** A grammar, its vocabulary and the stop tokens. */
export interface GrammarDomain {
  readonly grammar: Grammar<unknown>;
  readonly vocabulary: Vocabulary;
  readonly stopTokens: readonly number[];
}

/** The result of following a grammar along an output. */
export interface FollowedOutput {
  /** Index of the first token that the grammar forbids, or that follows a stop token; absent if all are allowed. */
  readonly forbidden?: number;
  /** Whether all tokens are allowed and the output ends with a stop token. */
  readonly isComplete: boolean;
}

/**
 * Follows an output up to the first token that a grammar refuses.
 *
 * @param tokens - The tokens after the prompt. A complete output ends with a stop token.
 * @throws RangeError for a grammar that `allowedIds` refuses.
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
 * @throws RangeError if the grammar allows no id, more ids than the vocabulary has, or ids out of range, or if the
 *   state must end and an id is not a stop token.
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

/**
 * Checks a sequence that a domain made of an example.
 *
 * @param name - Name of the example, for the message.
 * @throws RangeError for fewer than two tokens, ids out of range, a number of weights that differs from the
 *   number of tokens, a negative weight, weights that are all 0, or a prefix or output outside the sequence.
 */
export function checkTokenExample(name: string, example: TokenExample, vocabSize: number): void {
  const { tokens, lossWeights } = example;
  if (tokens.length < 2) {
    throw new RangeError(`${name}: expected at least 2 tokens, got ${tokens.length}`);
  }
  checkTokenIds(name, tokens, vocabSize);
  if (lossWeights.length !== tokens.length) {
    throw new RangeError(
      `${name}: expected ${tokens.length} weights, one per token, got ${lossWeights.length}`,
    );
  }
  const learned = Array.from(lossWeights).slice(1);
  const wrong = learned.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0) {
    throw new RangeError(`${name}: expected weights of at least 0, got ${shown(learned[wrong])}`);
  }
  if (learned.every((weight) => weight === 0)) {
    throw new RangeError(
      `${name}: expected a weight above 0 after the first token, got none, so there is nothing to learn`,
    );
  }
  checkPlaces(name, example);
}

/** Checks the tokens that a domain made of a prompt, which may be a single token. */
export function checkTokenPrompt(name: string, prompt: TokenPrompt, vocabSize: number): void {
  if (prompt.tokens.length === 0) {
    throw new RangeError(
      `${name}: expected at least 1 token, got none; begin every sequence with a start token`,
    );
  }
  checkTokenIds(name, prompt.tokens, vocabSize);
  checkPlaces(name, prompt);
}

/**
 * Checks that all ids are in the vocabulary.
 *
 * @throws RangeError that names the first id out of range.
 */
export function checkTokenIds(name: string, ids: ArrayLike<number>, vocabSize: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
      throw new RangeError(`${name}: expected ids from 0 to ${vocabSize - 1}, got ${shown(id)}`);
    }
  }
}

/** Formats a value that should be a number; texts are quoted, so that they do not look like numbers. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function checkPlaces(name: string, sequence: TokenPrompt): void {
  const { length } = sequence.tokens;
  for (const place of ['prefixLength', 'outputStart'] as const) {
    const value = sequence[place] ?? 0;
    if (!Number.isInteger(value) || value < 0 || value > length) {
      throw new RangeError(
        `${name}: expected ${place} as an integer from 0 to ${length}, got ${value}`,
      );
    }
  }
}
