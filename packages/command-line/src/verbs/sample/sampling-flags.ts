import {
  type AnyDomain,
  decodeText,
  type Grammar,
  SAMPLING_SETTINGS,
  type SettingTable,
} from '@ramble/core';
import { messageOf, parseJson } from '@ramble/core/files';
import { type LogitBias, nothingRemains, type TokenRules } from '@ramble/core/sampling';
import { type ConstraintSource, createConstraint } from '@ramble/language/constraints';

import { findContent } from '../../content/read-content.js';
import { parseIds } from '../../content/write-artifact.js';
import { UsageError } from '../../verb/exit-errors.js';
import {
  flagName,
  type Flags,
  type FlagValues,
  OPTIONAL_FILE,
  parseNumber,
  REPEATED,
} from '../../verb/flag.js';
import type { DomainCall } from '../../verb/verb.js';

export const TOKEN_RULE_FLAGS = {
  stopToken: {
    ...REPEATED,
    placeholder: 'id',
    description:
      "A token that ends an output, in addition to the domain's own; repeat the flag for several.",
  },
  allowedToken: {
    ...REPEATED,
    derived: 'all',
    placeholder: 'id',
    description:
      'The only token that is allowed; repeat the flag for several, with a stop token among them.',
  },
  suppressedToken: {
    ...REPEATED,
    placeholder: 'id',
    description: 'A token that is never generated; repeat the flag for several.',
  },
  beginSuppressedToken: {
    ...REPEATED,
    placeholder: 'id',
    description: 'A token that no output begins with; repeat the flag for several.',
  },
  forcedLastToken: {
    kind: 'integer',
    min: 0,
    placeholder: 'id',
    derived: 'none',
    description: 'The last token of an output that reaches --max-new-tokens, such as a stop token.',
  },
  blockedSequence: {
    ...REPEATED,
    placeholder: 'id,id',
    description:
      'A sequence of tokens that is never generated, such as 5,7,9; repeat the flag for several.',
  },
  logitBias: {
    ...REPEATED,
    placeholder: 'id=n',
    description:
      "A bias that is added to a token's logit, such as 12=-1.5; 5,7=2 applies to 7 after 5; -inf rules a token out. Repeat the flag for several.",
  },
} as const satisfies Flags;

/** Flags that stop at, allow or suppress tokens, by their ids. */
export type TokenRuleFlags = FlagValues<typeof TOKEN_RULE_FLAGS>;

/** Names of the flags whose values are lists of token ids. */
const LISTS = ['allowedToken', 'suppressedToken', 'beginSuppressedToken'] as const;

/**
 * Returns the token rules that the flags request.
 *
 * @param domainStops - Tokens that end an output of the domain.
 * @throws UsageError that names the flag.
 */
export function tokenRules(
  flags: TokenRuleFlags,
  domainStops: readonly number[],
  vocabSize: number,
): TokenRules {
  const ids = (name: keyof TokenRuleFlags, words: readonly string[]): number[] =>
    parseIds(flagName(name), words, vocabSize);
  const { stopToken = [], forcedLastToken, blockedSequence, logitBias } = flags;
  const lists = LISTS.flatMap((name) => {
    const words = flags[name];
    return words ? [[`${name}s`, ids(name, words)] as const] : [];
  });
  return {
    stopTokens: [...domainStops, ...ids('stopToken', stopToken)],
    ...(Object.fromEntries(lists) satisfies Partial<TokenRules>),
    ...(forcedLastToken !== undefined && {
      forcedLastToken: ids('forcedLastToken', [`${forcedLastToken}`])[0],
    }),
    ...(blockedSequence && {
      blockedSequences: blockedSequence.map((word) => ids('blockedSequence', word.split(','))),
    }),
    ...(logitBias && { logitBias: logitBias.map((word) => parseLogitBias(word, vocabSize)) }),
  };
}

/**
 * Parses a bias: `12=-1.5`, `5,7=2`, `3=-inf`.
 *
 * @throws UsageError if the text is no bias, or an id is outside the vocabulary.
 */
function parseLogitBias(word: string, vocabSize: number): LogitBias {
  const [ids, value = '', ...more] = word.split('=');
  const bias = value === '-inf' ? -Infinity : parseNumber(value);
  if (typeof bias !== 'number' || more.length > 0) {
    throw new UsageError(
      `--logit-bias: expected a token id and a number or -inf, such as 12=-1.5, got ${word}`,
    );
  }
  return { tokens: parseIds('--logit-bias', ids.split(','), vocabSize), bias };
}

/** Returns the error of an output without an allowed token; it lists the given flags that rule tokens out. */
export function nothingLeft(flags: TokenRuleFlags): Error {
  const { message } = nothingRemains();
  const rulingOut = [...LISTS, 'blockedSequence', 'logitBias'] as const;
  const given = rulingOut.filter((name) => flags[name] !== undefined).map(flagName);
  return new Error(given.length === 0 ? message : `${message}; change ${given.join(' or ')}`);
}

/** Setting `--seed`: outputs are new each time unless the user gives a seed. */
export const SEED_SETTING: SettingTable<{ readonly seed?: number }>['seed'] = {
  kind: 'integer',
  basic: true,
  min: SAMPLING_SETTINGS.seed.min,
  derived: 'a new one each time, which is printed',
  description: 'Seed of the random numbers: the same seed gives the same outputs.',
};

/** Fills in a random seed if the call has none. */
export function withSeed<Call extends Pick<DomainCall<unknown>, 'settings' | 'io'>>(
  call: Call,
): Call {
  const { settings, io } = call;
  return settings.seed === undefined
    ? { ...call, settings: { ...settings, seed: io.newSeed() } }
    : call;
}

/** Flags for the texts that an output may have. */
export const CONSTRAINT_FLAGS = {
  jsonSchema: {
    ...OPTIONAL_FILE,
    basic: true,
    description: 'File of a JSON Schema, or the schema itself; the output is JSON that it accepts.',
  },
  regex: {
    kind: 'string',
    placeholder: 'pattern',
    derived: 'none',
    description: 'A regular expression of JavaScript that the whole output matches.',
  },
  grammarFile: {
    ...OPTIONAL_FILE,
    description: "File of a grammar in llama.cpp's GBNF; the output is a text of its rule root.",
  },
} as const satisfies Flags;

type ConstraintFlags = FlagValues<typeof CONSTRAINT_FLAGS>;

/** Names of the flags for constraints. At most one of them may be given. */
const NAMES = Object.keys(CONSTRAINT_FLAGS) as (keyof typeof CONSTRAINT_FLAGS)[];

/**
 * Returns the constraint that the flags request, for outputs of a domain.
 *
 * @throws UsageError that names the flag for two constraints, for a mistake in one, and for outputs that are not text.
 */
export async function readConstraint(
  { flags, io }: Pick<DomainCall<ConstraintFlags>, 'flags' | 'io'>,
  domain: AnyDomain,
): Promise<Grammar<unknown> | undefined> {
  const given = NAMES.filter((each) => flags[each] !== undefined);
  const name = given.at(0);
  const word = name && flags[name];
  if (name === undefined || word === undefined) return undefined;
  const other = given.at(1);
  if (other !== undefined) {
    throw new UsageError(
      `${flagName(other)}: expected nothing with ${flagName(name)}, got a value`,
    );
  }
  const { content, place } =
    name === 'regex'
      ? { content: undefined, place: undefined }
      : await findContent(word, name === 'jsonSchema' ? ['.json'] : ['.gbnf', '.txt'], io.stdin);
  try {
    const text = content ? decodeText(place ?? name, content) : word;
    const source: ConstraintSource =
      name === 'regex'
        ? { regex: text }
        : name === 'jsonSchema'
          ? { jsonSchema: parseJson(text) }
          : { grammar: text };
    return createConstraint(domain, source);
  } catch (error) {
    const where = place === undefined ? '' : `${place}: `;
    const message = messageOf(error).replace(/^(regex|constraint): /, '');
    throw new UsageError(`${flagName(name)}: ${where}${message}`, { cause: error });
  }
}
