import {
  allowedIds,
  type Domain,
  followGrammar,
  type Grammar,
  type GrammarDomain,
  randomAt,
  type TokenPrompt,
} from '@ramble/core';

import { assertEqual } from '../assert-equal.js';
import { outputTokens } from './check-round-trip.js';
import type { DomainContract, InvalidExample } from './domain-contract.js';
import { mutateTokens, MUTATIONS } from './mutate-tokens.js';

/** Longest random walk through a grammar. */
const WALK_TOKENS = 300;

/** A domain, what it is to be held against, and its grammar. */
export interface GrammarCheck<E, P, O> {
  readonly domain: Domain<E, P, O>;
  readonly grammar: Grammar<unknown>;
  readonly contract: Pick<DomainContract<E, P, O>, 'valid' | 'invalid'>;
  readonly isValidOutput: (tokens: readonly number[], prompt: TokenPrompt) => boolean;
}

/** Every valid example passes. */
export function checkNothingBlocked<E, P, O>(check: GrammarCheck<E, P, O>): void {
  const { domain, contract } = check;
  contract.valid.forEach((given, i) => {
    const tokens = outputTokens(domain, given);
    const prompt = domain.encodePrompt(given.prompt);
    const { forbidden } = followGrammar(heldGrammar(check), prompt, tokens);
    if (forbidden !== undefined) {
      throw new Error(
        `valid[${i}]: expected a grammar that allows every token, got ${tokens[forbidden]} ` +
          `(${domain.vocabulary.describe(tokens[forbidden])}) forbidden at ${forbidden}`,
      );
    }
    assertEqual(`isValidOutput of valid[${i}]`, check.isValidOutput(tokens, prompt), true);
  });
}

/**
 * Checks that no invalid output passes, and that a corrupted one passes only if it is still valid.
 */
export function checkNothingSlipsThrough<E, P, O>(check: GrammarCheck<E, P, O>): void {
  const { domain, contract, isValidOutput } = check;
  contract.invalid.filter(isOutput).forEach(({ prompt, tokens }, i) => {
    const { isComplete } = followGrammar(heldGrammar(check), domain.encodePrompt(prompt), tokens);
    assertEqual(`invalid output ${i} is allowed`, isComplete, false);
  });
  contract.valid.forEach((given, i) => {
    const prompt = domain.encodePrompt(given.prompt);
    for (let kind = 0; kind < MUTATIONS; kind++) {
      const random = randomAt({ seed: 4, purpose: 'sample', step: i, stream: kind });
      const tokens = outputTokens(domain, given);
      const mutated = mutateTokens(tokens, kind, domain.vocabulary.size, random);
      const { isComplete } = followGrammar(heldGrammar(check), prompt, mutated);
      const expected = isValidOutput(mutated, prompt);
      assertEqual(`valid[${i}] as [${mutated.join()}] is allowed`, isComplete, expected);
    }
  });
}

/**
 * Random walks along allowed tokens never come to where nothing is allowed, end only with a stop
 * token where they must end, and make a valid output when they end.
 */
export function checkWalks<E, P, O>(check: GrammarCheck<E, P, O>): void {
  const { domain, grammar, contract, isValidOutput } = check;
  const held = heldGrammar(check);
  contract.valid.forEach(({ prompt: given }, walk) => {
    const prompt = domain.encodePrompt(given);
    const random = randomAt({ seed: 5, purpose: 'sample', step: walk });
    const tokens: number[] = [];
    let state = grammar.start(prompt);
    while (tokens.length < WALK_TOKENS) {
      const allowed = allowedIds(held, state);
      const token = allowed[random.integer(tokens.length, allowed.length)];
      tokens.push(token);
      if (domain.stopTokens.includes(token)) {
        const valid = isValidOutput(tokens, prompt);
        assertEqual(`isValidOutput of the walk [${tokens.join()}]`, valid, true);
        return;
      }
      const next = grammar.advance(state, token);
      assertEqual('allowed tokens of a state gone on from', allowedIds(held, state), allowed);
      state = next;
    }
  });
}

function heldGrammar<E, P, O>({ domain, grammar }: GrammarCheck<E, P, O>): GrammarDomain {
  const { vocabulary, stopTokens } = domain;
  return { grammar, vocabulary, stopTokens };
}

function isOutput<E, P>(
  invalid: InvalidExample<E, P>,
): invalid is Extract<InvalidExample<E, P>, { tokens: readonly number[] }> {
  return 'tokens' in invalid;
}
