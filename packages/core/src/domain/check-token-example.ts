import type { TokenExample, TokenPrompt } from './domain.js';

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
