import { SAMPLING_SETTINGS, type SettingTable } from '@ramble/core';
import { type LogitBias, nothingRemains, type TokenRules } from '@ramble/core/sampling';

import { parseIds } from '../../content/write-artifact.js';
import { UsageError } from '../../verb/exit-errors.js';
import { flagName, type Flags, type FlagValues, parseNumber, REPEATED } from '../../verb/flag.js';
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
