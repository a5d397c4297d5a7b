import { createHash } from 'node:crypto';

import type { Domain, TokenExample, TokenPrompt } from '@ramble/core';
import type { ExampleSource } from '@ramble/core/training';

import type { TrainingDataOptions } from './training-data.js';

type ExampleDomain = Pick<
  Domain<unknown, unknown, unknown>,
  'encodeExample' | 'augment' | 'segments'
>;

interface EncodingOptions {
  readonly contextLength: number;
  /** The setting that named the examples, for errors: `data`. */
  readonly flag: string;
}

export interface EncodedExamples extends ExampleSource {
  /** Number of examples that became sequences; a domain may leave long ones out. */
  readonly examples: number;
  /** Indices of the examples that became at least one sequence. */
  readonly kept: ReadonlySet<number>;
  /** Number of kept examples that are longer than the context, and were cut. */
  readonly cut: number;
  /**
   * SHA-256 in base64 of each example's prompt before it is cut, by the index of the example; of the whole example if
   * it has no prompt.
   */
  readonly prompts: readonly string[];
}

/**
 * Encodes examples as sequences that fit into the context. Each segment of a long example is a separate sequence. If
 * `read` is called with a random source, it returns a sequence of a random variation (augmentation) of the example.
 *
 * @throws RangeError if an example is too short, or too long for a domain without segments.
 */
export function encodedExamples(
  domain: ExampleDomain,
  examples: readonly unknown[],
  options: EncodingOptions,
): EncodedExamples {
  const long = new Set<number>();
  const prompts: string[] = [];
  const encode = (example: unknown, index: number): Iterable<TokenExample> => {
    const whole = domain.encodeExample(example);
    if (isLong(whole, options.contextLength)) long.add(index);
    prompts[index] ??= hashPrompt(whole);
    return fitExample(domain, whole, { ...options, index });
  };
  const sequences = examples.flatMap((example, index) =>
    Array.from(encode(example, index), (sequence, part) => ({ example, index, part, sequence })),
  );
  const kept = new Set(sequences.map(({ index }) => index));
  return {
    examples: kept.size,
    kept,
    cut: [...kept].filter((index) => long.has(index)).length,
    prompts,
    length: sequences.length,
    lengthOf: (i) => lengthOf(sequences[i].sequence),
    read: (i, random) => {
      const { example, index, part, sequence } = sequences[i];
      const variation = random && domain.augment?.(example, random);
      if (variation === undefined) return Promise.resolve(sequence);
      return Promise.resolve(partOf(encode(variation, index), part) ?? sequence);
    },
  };
}

/** Splits an example at its `starts` into the sequences that do not attend to one another. */
function sequencesOf(example: TokenExample): readonly TokenExample[] {
  const { tokens, lossWeights, starts } = example;
  if (!starts) return [example];
  const [ids, weights] = [tokens, lossWeights].map((each) => Array.from(each));
  return starts.map((start, i) => ({
    tokens: ids.slice(start, starts.at(i + 1)),
    lossWeights: weights.slice(start, starts.at(i + 1)),
  }));
}

/** Returns the number of tokens of a sequence; for a pair of answers, of the longer one. */
function lengthOf({ tokens, rejected }: TokenExample): number {
  return Math.max(tokens.length, rejected?.tokens.length ?? 0);
}

/** Whether an example, or one of its sequences, is longer than the context, so that it is cut. */
export function isLong(example: TokenExample, contextLength: number): boolean {
  return [...sequencesOf(example), example.rejected].some(
    (each) => each && each.tokens.length > contextLength + 1,
  );
}

function hashPrompt({ tokens, outputStart = tokens.length }: TokenExample): string {
  return createHash('sha256')
    .update(Int32Array.from(tokens).subarray(0, outputStart))
    .digest('base64');
}

/** Returns the segment at an index, or the last one if there are fewer. Later segments are not generated. */
function partOf(parts: Iterable<TokenExample>, number: number): TokenExample | undefined {
  let last: TokenExample | undefined;
  let i = 0;
  for (const part of parts) {
    last = part;
    if (i++ === number) break;
  }
  return last;
}

/**
 * Returns the sequences of an example that fit into the context: the example unchanged, or its segments. A pair of
 * answers stays one example, with the first segment of each answer, or is left out if an answer has no segments.
 *
 * @param options - `index` is the example's index, for errors.
 * @throws RangeError if the example is too short, or too long for a domain without segments.
 */
export function fitExample(
  domain: Pick<ExampleDomain, 'segments'>,
  example: TokenExample,
  options: EncodingOptions & { readonly index: number },
): TokenExample[] {
  const { rejected, ...chosen } = example;
  if (rejected) {
    const [[own], [other]] = [chosen, rejected].map((each) => fitExample(domain, each, options));
    return (own as TokenExample | undefined) && (other as TokenExample | undefined)
      ? [{ ...own, rejected: other }]
      : [];
  }
  return sequencesOf(example).flatMap((each) => Array.from(fitSequence(domain, each, options)));
}

function fitSequence(
  domain: Pick<ExampleDomain, 'segments'>,
  example: TokenExample,
  { contextLength, flag, index }: EncodingOptions & { readonly index: number },
): Iterable<TokenExample> {
  const { length } = example.tokens;
  if (length < 2) {
    throw new RangeError(
      `${flag}: expected examples of at least 2 tokens, got one of ${length} (example ${index + 1})`,
    );
  }
  if (!isLong(example, contextLength)) return [example];
  if (!domain.segments) {
    throw new RangeError(
      `${flag}: expected examples of at most ${contextLength + 1} tokens (contextLength + 1), ` +
        `got one of ${length} (example ${index + 1}); use a longer context`,
    );
  }
  return domain.segments(example, contextLength);
}

/** Returns the prompts of the first examples: the tokens before the first token that counts in the loss. */
export async function examplePrompts(source: ExampleSource, count: number): Promise<TokenPrompt[]> {
  const firsts = Array.from({ length: Math.min(count, source.length) }, (_, i) => source.read(i));
  return (await Promise.all(firsts)).map(promptOf);
}

/** Returns the prompt of an example: the tokens before the first token that counts in the loss. */
export function promptOf({ tokens, lossWeights, prefixLength }: TokenExample): TokenPrompt {
  const ids = Array.from(tokens);
  const firstCounted = ids.findIndex((_, i) => i > 0 && lossWeights[i] > 0);
  return { tokens: ids.slice(0, Math.max(1, firstCounted)), prefixLength };
}

/** Returns `count` copies of the empty prompt, after which the model generates freely. */
export function emptyPrompts(
  { app, domain }: Pick<TrainingDataOptions, 'app' | 'domain'>,
  count: number,
): TokenPrompt[] {
  const prompt = domain.encodePrompt(app.readPrompt(new Uint8Array()));
  return Array.from({ length: count }, () => prompt);
}

type EvaluatedDomain = Omit<ExampleDomain, 'augment'>;

/** Returns a domain for evaluation: without variations, and with zero loss weights before the output. */
export function forEvaluation({ encodeExample, segments }: EvaluatedDomain): EvaluatedDomain {
  return { encodeExample: (example) => outputAlone(encodeExample(example)), segments };
}

function outputAlone(example: TokenExample): TokenExample {
  const { lossWeights, outputStart = 0 } = example;
  if (outputStart === 0) return example;
  return {
    ...example,
    lossWeights: Float32Array.from(lossWeights, (weight, i) => (i < outputStart ? 0 : weight)),
  };
}
