import { nothingRemains } from '@ramble/core';

import { flagName } from '../../verb/flag-name.js';
import type { TokenRuleFlags } from './token-rule-flags.js';

/** The flags that rule tokens out. */
const RULING_OUT = [
  'allowedToken',
  'suppressedToken',
  'beginSuppressedToken',
  'blockedSequence',
  'logitBias',
] as const satisfies readonly (keyof TokenRuleFlags)[];

/** The error of an output that can have no token, with the flags given that rule tokens out. */
export function nothingLeft(flags: TokenRuleFlags): Error {
  const { message } = nothingRemains();
  const given = RULING_OUT.filter((name) => flags[name] !== undefined).map(flagName);
  return new Error(given.length === 0 ? message : `${message}; change ${given.join(' or ')}`);
}
