import type { Model, TokenPrompt, Vocabulary } from '@ramble/core';
import { type NextToken, nextTurn } from '@ramble/core/sampling';
import {
  type Circuits as Measured,
  finished,
  measureCircuits,
  readPrompt,
} from '@ramble/core/study';

import { parsePrompt } from '../../../content/prompt-flags.js';
import type { OpenModel } from '../../../model/open-model.js';
import { UsageError } from '../../../verb/exit-errors.js';
import { type Flags, type FlagValues, SWITCH } from '../../../verb/flag.js';
import type { Output } from '../../../verb/output.js';
import type { DomainCall } from '../../../verb/verb.js';

/** Flags of `inspect` that measure the parts of a model. */
export const CIRCUIT_FLAGS = {
  ablate: {
    kind: 'choice',
    choices: ['zero', 'mean'],
    derived: 'none',
    description:
      'Replace each head, attention and MLP in turn by zeros, or by the mean of its output over the prompt, and show ' +
      'the logit of --answer, minus that of --other.',
  },
  corrupted: {
    kind: 'string',
    placeholder: 'text',
    derived: 'none',
    description:
      'Another prompt with as many tokens. Shows which activations of --prompt bring its answer back (activation ' +
      'patching).',
  },
  attribute: {
    ...SWITCH,
    description:
      'Show what each head and MLP adds to the logit of --answer, minus that of --other.',
  },
  answer: {
    kind: 'string',
    placeholder: 'token',
    derived: 'the likeliest token after the prompt',
    description: 'Token whose logit is measured: its text, or its id.',
  },
  other: {
    kind: 'string',
    placeholder: 'token',
    derived: 'with --corrupted the likeliest other token after it, else none',
    description: 'Token that --answer is compared with.',
  },
  lens: {
    ...SWITCH,
    description:
      'Show the likeliest next token after each token of the prompt if the model ended after each block (logit lens).',
  },
  headScores: {
    ...SWITCH,
    description:
      'Show how much each head attends to the previous token, to earlier copies of the token, and to what followed ' +
      'them (induction), on random tokens that are repeated.',
  },
} as const satisfies Flags;

type CircuitFlags = FlagValues<typeof CIRCUIT_FLAGS>;

/** A token, as its domain describes it. */
interface NamedToken {
  readonly token: number;
  readonly word: string;
}

/** Measurements of the parts of a model; a field for each of the flags that were given. */
export interface Circuits extends Omit<Measured, 'answer' | 'other'> {
  /** The token whose logit is measured; absent if only heads are scored. */
  readonly answer?: NamedToken;
  /** The token whose logit is subtracted. */
  readonly other?: NamedToken;
  /** The likeliest next token after each block and token, `lens[blocks][position]`. */
  readonly lens?: readonly (readonly NextToken[])[];
  /** Words of the prompt's tokens. */
  readonly words: readonly string[];
}

/** Whether the flags request a measurement of the parts of a model, such as an ablation. */
export function asksForCircuits(flags: Partial<CircuitFlags>): boolean {
  const { ablate, corrupted, attribute, headScores, lens } = flags;
  const isAsked = [attribute, headScores, lens].includes(true);
  return isAsked || ablate !== undefined || corrupted !== undefined;
}

/**
 * Takes the measurements of a model's parts that the flags request.
 *
 * @throws UsageError for `--answer` or `--other` that is not one token; RangeError for input that a measurement
 *   cannot use, such as a `--corrupted` prompt of another length.
 */
export async function readCircuits(
  { flags, output, app }: DomainCall<CircuitFlags>,
  { domain, model }: Pick<OpenModel, 'domain' | 'model'>,
  prompt: TokenPrompt,
): Promise<Circuits> {
  const { vocabulary } = domain;
  const encode = (text: string): TokenPrompt =>
    domain.encodePrompt(parsePrompt({ app, output }, new TextEncoder().encode(text)).prompt);
  const named = (token: number): NamedToken => ({ token, word: vocabulary.describe(token) });
  const tokenIn = (name: 'answer' | 'other'): number | undefined =>
    flags[name] === undefined ? undefined : tokenOf(name, flags[name], vocabulary, encode);
  const passes = measureCircuits(model, prompt, {
    answer: tokenIn('answer'),
    other: tokenIn('other'),
    ablate: flags.ablate,
    corrupted: flags.corrupted === undefined ? undefined : encode(flags.corrupted),
    attribute: flags.attribute,
    headScores: flags.headScores,
  });
  const { answer, other, ...measured } = await toEnd(passes, output);
  return {
    words: Array.from(prompt.tokens, (token) => vocabulary.describe(token)),
    ...(answer !== undefined && { answer: named(answer) }),
    ...(other !== undefined && { other: named(other) }),
    ...measured,
    ...(flags.lens && { lens: lensOf(model, prompt, vocabulary) }),
  };
}

/** Returns the likeliest next token after each block and token, `[blocks][position]`. */
function lensOf(model: Model, prompt: TokenPrompt, vocabulary: Vocabulary): NextToken[][] {
  const reading = finished(readPrompt(model, prompt, vocabulary, { count: 1 }));
  return Array.from({ length: model.config.nLayer + 1 }, (_, blocks) => reading.lensAfter(blocks));
}

/** Runs a computation of many passes to its end, and shows its progress. */
async function toEnd(
  passes: ReturnType<typeof measureCircuits>,
  output: Output,
): Promise<Measured> {
  for (;;) {
    const next = passes.next();
    if (next.done) {
      output.progress('');
      return next.value;
    }
    output.progress(`pass ${next.value.done} of ${next.value.total}`);
    await nextTurn(); // Ctrl-C is answered
  }
}

/** Parses a flag that names one token, by its id or its text. */
function tokenOf(
  name: string,
  text: string,
  { size }: Pick<Vocabulary, 'size'>,
  encode: (text: string) => TokenPrompt,
): number {
  if (/^\d+$/.test(text) && Number(text) < size) return Number(text);
  const { tokens } = encode(text);
  if (tokens.length === 1) return tokens[0];
  throw new UsageError(
    `--${name}: expected one token, got ${tokens.length} for ${JSON.stringify(text)}; its id may be given instead`,
  );
}
