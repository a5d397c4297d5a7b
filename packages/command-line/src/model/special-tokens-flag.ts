import type { AnyDomain } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import type { FlagTable } from '../verb/flag.js';

/** The flag of a verb that reads prompts. */
export interface SpecialTokensFlag {
  readonly specialTokens: boolean;
}

export const SPECIAL_TOKENS_FLAG: FlagTable<SpecialTokensFlag> = {
  specialTokens: {
    kind: 'boolean',
    default: false,
    description:
      'Read names of special tokens, such as <|endoftext|>, as those tokens, not as text.',
  },
};

/**
 * The domain as `--special-tokens` asks for it.
 *
 * @throws UsageError where the prompts of the domain are no text.
 */
export function readSpecialTokens(
  domain: AnyDomain,
  { specialTokens = false }: Partial<SpecialTokensFlag>,
): AnyDomain {
  if (!specialTokens) return domain;
  if (domain.allowSpecialTokens) return domain.allowSpecialTokens();
  throw new UsageError(
    `--special-tokens: expected a domain whose prompts may name special tokens, got ${domain.name}`,
  );
}
