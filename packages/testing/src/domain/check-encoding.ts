import { type Domain, randomAt, type TokenExample } from '@ramble/core';

import { assertEqual } from '../assert-equal.js';
import type { InvalidExample, ValidExample } from './domain-contract.js';

type Valid<Example, Prompt, Output> = readonly ValidExample<Example, Prompt, Output>[];

/** Every token has words, and sequences end at tokens that exist. */
export function checkVocabulary<E, P, O>({ vocabulary, stopTokens }: Domain<E, P, O>): void {
  for (let id = 0; id < vocabulary.size; id++) {
    if (vocabulary.describe(id) === '')
      throw new Error(`describe(${id}): expected words, got none`);
  }
  checkIds('stopTokens', stopTokens, vocabulary.size);
}

/** Valid examples become ids in range with a weight for each. */
export function checkExamples<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example }, i) => {
    checkForm(`valid[${i}]`, domain.encodeExample(example), domain.vocabulary.size);
  });
}

/** Invalid examples are refused, with the message that they should be. */
export function checkRefusals<E, P, O>(
  domain: Domain<E, P, O>,
  invalid: readonly InvalidExample<E, P>[],
): void {
  invalid.forEach((given, i) => {
    if (!('example' in given)) return;
    let message: string | undefined;
    try {
      domain.encodeExample(given.example);
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
    assertEqual(`error for invalid[${i}]`, message ?? 'none', given.message);
  });
}

/** A prompt's tokens are the first of its example's. */
export function checkPrompts<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example, prompt }, i) => {
    const whole = domain.encodeExample(example);
    const begin = domain.encodePrompt(prompt);
    checkIds(`prompt of valid[${i}]`, begin.tokens, domain.vocabulary.size);
    const expected = Array.from(whole.tokens).slice(0, begin.tokens.length);
    assertEqual(`prompt of valid[${i}]`, Array.from(begin.tokens), expected);
    const [prefix, expectedPrefix] = [begin.prefixLength ?? 0, whole.prefixLength ?? 0];
    assertEqual(`prefixLength of the prompt of valid[${i}]`, prefix, expectedPrefix);
  });
}

/** Variations of valid examples are valid, and the same for the same random numbers. */
export function checkAugmentation<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example }, i) => {
    const random = randomAt({ seed: 1, purpose: 'augment', step: i });
    const [once, again] = [domain.augment?.(example, random), domain.augment?.(example, random)];
    assertEqual(`augmented valid[${i}], again`, again, once);
    if (once === undefined) return;
    checkForm(`augmented valid[${i}]`, domain.encodeExample(once), domain.vocabulary.size);
  });
}

/** Examples longer than a context are cut into ones that fit. */
export function checkSegments<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  const examples = valid.map(({ example }) => domain.encodeExample(example));
  const longest = Math.max(...examples.map(({ tokens }) => tokens.length));
  const contextLength = Math.max(2, Math.ceil(longest / 2));
  examples.forEach((example, i) => {
    for (const segment of domain.segments?.(example, contextLength) ?? []) {
      checkForm(`segment of valid[${i}]`, segment, domain.vocabulary.size);
      if (segment.tokens.length > contextLength) {
        throw new Error(
          `segment of valid[${i}]: expected at most ${contextLength} tokens, got ${segment.tokens.length}`,
        );
      }
    }
  });
}

function checkForm(name: string, example: TokenExample, vocabSize: number): void {
  const { tokens, lossWeights, prefixLength = 0 } = example;
  if (tokens.length < 2)
    throw new Error(`${name}: expected at least 2 tokens, got ${tokens.length}`);
  checkIds(name, tokens, vocabSize);
  assertEqual(`number of weights of ${name}`, lossWeights.length, tokens.length);
  const learned = Array.from(lossWeights).slice(1);
  const wrong = learned.find((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong !== undefined) throw new Error(`${name}: expected weights of at least 0, got ${wrong}`);
  if (learned.every((weight) => weight === 0)) {
    throw new Error(`${name}: expected a weight above 0 behind the first token, got none`);
  }
  if (!(prefixLength >= 0 && prefixLength <= tokens.length)) {
    throw new Error(`${name}: expected a prefix of at most ${tokens.length}, got ${prefixLength}`);
  }
}

function checkIds(name: string, ids: ArrayLike<number>, vocabSize: number): void {
  for (const id of Array.from(ids)) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
      throw new Error(`${name}: expected ids from 0 to ${vocabSize - 1}, got ${id}`);
    }
  }
}
