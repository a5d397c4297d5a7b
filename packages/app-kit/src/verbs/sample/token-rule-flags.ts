import type { TokenRules } from '@ramble/core';

import type { FlagTable } from '../../cli/flag.js';
import { parseIds } from '../../content/parse-ids.js';
import { parseLogitBias } from './parse-logit-bias.js';

/** What becomes of certain tokens, by their ids. */
export interface TokenRuleFlags {
  readonly stopToken?: readonly string[];
  readonly allowedToken?: readonly string[];
  readonly suppressedToken?: readonly string[];
  readonly beginSuppressedToken?: readonly string[];
  readonly forcedLastToken?: number;
  readonly blockedSequence?: readonly string[];
  readonly logitBias?: readonly string[];
}

const LIST = { kind: 'list', repeats: true, derived: 'none' } as const;

export const TOKEN_RULE_FLAGS: FlagTable<TokenRuleFlags> = {
  stopToken: {
    ...LIST,
    placeholder: 'id',
    description: "A token that ends an output, beside the domain's own; several times for several.",
  },
  allowedToken: {
    ...LIST,
    derived: 'all',
    placeholder: 'id',
    description:
      'The only token that may come; several times for several, a stop token among them.',
  },
  suppressedToken: {
    ...LIST,
    placeholder: 'id',
    description: 'A token that never comes; several times for several.',
  },
  beginSuppressedToken: {
    ...LIST,
    placeholder: 'id',
    description: 'A token that no output begins with; several times for several.',
  },
  forcedLastToken: {
    kind: 'integer',
    min: 0,
    placeholder: 'id',
    derived: 'none',
    description: 'The only token that may end an output of --max-new-tokens, such as a stop token.',
  },
  blockedSequence: {
    ...LIST,
    placeholder: 'id,id',
    description: 'A run of tokens that is never completed, 5,7,9; several times for several.',
  },
  logitBias: {
    ...LIST,
    placeholder: 'id=n',
    description:
      "Added to a token's logit, 12=-1.5; 5,7=2 is for 7 behind 5; -inf rules a token out. Several times for several.",
  },
};

/**
 * The rules that were given.
 *
 * @param domainStops - What ends an output of the domain.
 * @throws UsageError that names the flag.
 */
export function tokenRules(
  {
    stopToken = [],
    allowedToken,
    suppressedToken,
    beginSuppressedToken,
    forcedLastToken,
    blockedSequence,
    logitBias,
  }: TokenRuleFlags,
  domainStops: readonly number[],
  vocabSize: number,
): TokenRules {
  const ids = (name: string, words: readonly string[]): number[] =>
    parseIds(name, words, vocabSize);
  const runs = blockedSequence?.map((word) => ids('--blocked-sequence', word.split(',')));
  return {
    stopTokens: [...domainStops, ...ids('--stop-token', stopToken)],
    ...(allowedToken && { allowedTokens: ids('--allowed-token', allowedToken) }),
    ...(suppressedToken && { suppressedTokens: ids('--suppressed-token', suppressedToken) }),
    ...(beginSuppressedToken && {
      beginSuppressedTokens: ids('--begin-suppressed-token', beginSuppressedToken),
    }),
    ...(forcedLastToken !== undefined && {
      forcedLastToken: ids('--forced-last-token', [`${forcedLastToken}`])[0],
    }),
    ...(runs && { blockedSequences: runs }),
    ...(logitBias && {
      logitBias: logitBias.map((word) => parseLogitBias('--logit-bias', word, vocabSize)),
    }),
  };
}
