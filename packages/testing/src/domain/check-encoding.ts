import { type Domain, fingerprint, randomAt } from '@ramble/core';
import { checkTokenExample, checkTokenIds } from '@ramble/core/domain';
import { messageOf } from '@ramble/core/files';

import { assertEqual } from '../assert-close.js';
import {
  type DomainContract,
  type InvalidExample,
  mutateTokens,
  MUTATIONS,
  type ValidExample,
} from './domain-contract.js';

type Valid<Example, Prompt, Output> = readonly ValidExample<Example, Prompt, Output>[];

/** Checks that every token has a description, and that stop tokens exist. */
export function checkVocabulary<E, P, O>({ vocabulary, stopTokens }: Domain<E, P, O>): void {
  for (let id = 0; id < vocabulary.size; id++) {
    if (vocabulary.describe(id) === '')
      throw new Error(`describe(${id}): expected a description, got none`);
  }
  checkTokenIds('stopTokens', stopTokens, vocabulary.size);
}

/** Checks that valid examples become ids in range with a weight for each. */
export function checkExamples<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example }, i) => {
    checkTokenExample(`valid[${i}]`, domain.encodeExample(example), domain.vocabulary.size);
  });
}

/** Checks that invalid examples are refused, with the expected message. */
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
      message = messageOf(error);
    }
    assertEqual(`error for invalid[${i}]`, message ?? 'none', given.message);
  });
}

/** Checks that a prompt's tokens are the first tokens of its example. */
export function checkPrompts<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example, prompt }, i) => {
    const whole = domain.encodeExample(example);
    const begin = domain.encodePrompt(prompt);
    checkTokenIds(`prompt of valid[${i}]`, begin.tokens, domain.vocabulary.size);
    const expected = Array.from(whole.tokens).slice(0, begin.tokens.length);
    assertEqual(`prompt of valid[${i}]`, Array.from(begin.tokens), expected);
    const [prefix, expectedPrefix] = [begin.prefixLength ?? 0, whole.prefixLength ?? 0];
    assertEqual(`prefixLength of the prompt of valid[${i}]`, prefix, expectedPrefix);
  });
}

/** Checks that variations of valid examples are valid, and the same for the same random numbers. */
export function checkAugmentation<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example }, i) => {
    const random = randomAt({ seed: 1, purpose: 'augment', step: i });
    const [once, again] = [domain.augment?.(example, random), domain.augment?.(example, random)];
    assertEqual(`augmented valid[${i}], again`, again, once);
    if (once === undefined) return;
    checkTokenExample(`augmented valid[${i}]`, domain.encodeExample(once), domain.vocabulary.size);
  });
}

/** Checks that examples longer than a context are cut into segments that fit. */
export function checkSegments<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  const examples = valid.map(({ example }) => domain.encodeExample(example));
  const longest = Math.max(...examples.map(({ tokens }) => tokens.length));
  const contextLength = Math.max(2, Math.ceil(longest / 2));
  examples.forEach((example, i) => {
    for (const segment of domain.segments?.(example, contextLength) ?? []) {
      checkTokenExample(`segment of valid[${i}]`, segment, domain.vocabulary.size);
      if (segment.tokens.length > contextLength) {
        throw new Error(
          `segment of valid[${i}]: expected at most ${contextLength} tokens, got ${segment.tokens.length}`,
        );
      }
    }
  });
}

/** Checks that `crop` returns valid examples of at most the requested length, on augmented examples. */
export function checkCrops<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach(({ example }, i) => {
    const variation = domain.augment?.(example, randomAt({ seed: 1, purpose: 'augment', step: i }));
    const whole = domain.encodeExample(variation ?? example);
    const most = Math.max(2, Math.ceil(whole.tokens.length / 2));
    for (const start of [0, whole.tokens.length - most]) {
      const part = domain.crop?.(whole, start, most);
      if (!part) return;
      const name = `crop of valid[${i}] from ${start}`;
      checkTokenExample(name, part, domain.vocabulary.size);
      if (part.tokens.length > most) {
        throw new Error(`${name}: expected at most ${most} tokens, got ${part.tokens.length}`);
      }
    }
  });
}

/** Checks that the tokens after the prompt decode to the output, compared as JSON. */
export function checkRoundTrip<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach((given, i) => {
    const tokens = outputTokens(domain, given);
    const last = tokens.at(-1);
    const ends = last !== undefined && domain.stopTokens.includes(last);
    const output = domain.decodeOutput(ends ? tokens.slice(0, -1) : tokens);
    assertEqual(`output of valid[${i}]`, output, given.output);
  });
}

/** Checks that any ids can be decoded: none, random ones, and valid outputs with one fault. */
export function checkDecodingSurvives<E, P, O>(
  domain: Domain<E, P, O>,
  valid: Valid<E, P, O>,
): void {
  const { size } = domain.vocabulary;
  decode(domain, []);
  for (let n = 0; n < 200; n++) {
    const random = randomAt({ seed: 2, purpose: 'sample', step: n });
    decode(
      domain,
      Array.from({ length: 1 + (n % 40) }, (_, i) => random.integer(i, size)),
    );
  }
  valid.forEach((given, i) => {
    for (let kind = 0; kind < MUTATIONS; kind++) {
      const random = randomAt({ seed: 3, purpose: 'sample', step: i, stream: kind });
      decode(domain, mutateTokens(outputTokens(domain, given), kind, size, random));
    }
  });
}

/** Returns the example's tokens after the prompt. */
export function outputTokens<E, P, O>(
  domain: Domain<E, P, O>,
  { example, prompt }: ValidExample<E, P, O>,
): number[] {
  const begin = domain.encodePrompt(prompt).tokens.length;
  return Array.from(domain.encodeExample(example).tokens).slice(begin);
}

function decode<E, P, O>(domain: Domain<E, P, O>, tokens: readonly number[]): void {
  try {
    domain.decodeOutput(tokens);
  } catch (cause) {
    throw new Error(
      `decodeOutput: expected an output for [${tokens.join()}], got ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Checks that a domain that was saved and loaded encodes the same. */
export async function checkSaving<E, P, O, D extends Domain<E, P, O>>({
  create,
  factory,
  valid,
}: DomainContract<E, P, O, D>): Promise<void> {
  const domain = await create();
  const loaded = await factory.load(factory.save(domain));
  assertEqual('vocabulary.size', loaded.vocabulary.size, domain.vocabulary.size);
  assertEqual('stopTokens', loaded.stopTokens, domain.stopTokens);
  valid.forEach(({ example }, i) => {
    const [actual, expected] = [loaded.encodeExample(example), domain.encodeExample(example)];
    assertEqual(`valid[${i}]`, Array.from(actual.tokens), Array.from(expected.tokens));
  });
}

/**
 * Checks that equal domains have the same fingerprint, before and after loading, and that a domain with another
 * vocabulary has a different one.
 */
export async function checkFingerprint<E, P, O, D extends Domain<E, P, O>>({
  create,
  createOther,
  factory,
}: DomainContract<E, P, O, D>): Promise<void> {
  const files = factory.save(await create());
  const mark = fingerprint(files);
  assertEqual('fingerprint of an equal domain', fingerprint(factory.save(await create())), mark);
  const loaded = factory.save(await factory.load(files));
  assertEqual('fingerprint when loaded', fingerprint(loaded), mark);
  if (createOther && fingerprint(factory.save(await createOther())) === mark) {
    throw new Error(
      `fingerprint of another vocabulary: expected one that differs from ${mark}, got the same`,
    );
  }
}
