import { type Domain, type Grammar, randomAt, type TokenPrompt } from '@ramble/core';

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
    const { forbidden } = follow(check, prompt, tokens);
    if (forbidden !== undefined) {
      throw new Error(
        `valid[${i}]: expected every token allowed, got ${tokens[forbidden]} ` +
          `(${domain.vocabulary.describe(tokens[forbidden])}) forbidden at ${forbidden}`,
      );
    }
    assertEqual(`isValidOutput of valid[${i}]`, check.isValidOutput(tokens, prompt), true);
  });
}

/** No invalid output passes, and a valid one with a slip only when it is still valid. */
export function checkNothingSlipsThrough<E, P, O>(check: GrammarCheck<E, P, O>): void {
  const { domain, contract, isValidOutput } = check;
  contract.invalid.filter(isOutput).forEach(({ prompt, tokens }, i) => {
    const { complete } = follow(check, domain.encodePrompt(prompt), tokens);
    assertEqual(`invalid output ${i} is allowed`, complete, false);
  });
  contract.valid.forEach((given, i) => {
    const prompt = domain.encodePrompt(given.prompt);
    for (let kind = 0; kind < MUTATIONS; kind++) {
      const random = randomAt({ seed: 4, purpose: 'sample', step: i, stream: kind });
      const tokens = outputTokens(domain, given);
      const mutated = mutateTokens(tokens, kind, domain.vocabulary.size, random);
      const { complete } = follow(check, prompt, mutated);
      const expected = isValidOutput(mutated, prompt);
      assertEqual(`valid[${i}] as [${mutated.join()}] is allowed`, complete, expected);
    }
  });
}

/**
 * Random walks along allowed tokens never come to where nothing is allowed, end only with a stop
 * token where they must end, and make a valid output when they end.
 */
export function checkWalks<E, P, O>(check: GrammarCheck<E, P, O>): void {
  const { domain, grammar, contract, isValidOutput } = check;
  contract.valid.forEach(({ prompt: given }, walk) => {
    const prompt = domain.encodePrompt(given);
    const random = randomAt({ seed: 5, purpose: 'sample', step: walk });
    const tokens: number[] = [];
    let state = grammar.start(prompt);
    while (tokens.length < WALK_TOKENS) {
      const allowed = allowedIds(check, state);
      const token = allowed[random.integer(tokens.length, allowed.length)];
      tokens.push(token);
      if (domain.stopTokens.includes(token)) {
        const valid = isValidOutput(tokens, prompt);
        assertEqual(`isValidOutput of the walk [${tokens.join()}]`, valid, true);
        return;
      }
      const next = grammar.advance(state, token);
      assertEqual('allowed tokens of a state gone on from', allowedIds(check, state), allowed);
      state = next;
    }
  });
}

/** Goes through an output as far as the grammar allows. */
function follow<E, P, O>(
  check: GrammarCheck<E, P, O>,
  prompt: TokenPrompt,
  tokens: readonly number[],
): { forbidden?: number; complete: boolean } {
  const { domain, grammar } = check;
  let state = grammar.start(prompt);
  for (const [i, token] of tokens.entries()) {
    if (!allowedIds(check, state).includes(token)) return { forbidden: i, complete: false };
    if (domain.stopTokens.includes(token)) {
      return i === tokens.length - 1 ? { complete: true } : { forbidden: i + 1, complete: false };
    }
    state = grammar.advance(state, token);
  }
  return { complete: false };
}

function allowedIds<E, P, O>({ domain, grammar }: GrammarCheck<E, P, O>, state: unknown): number[] {
  const allowed = [...grammar.allowed(state)];
  const { size } = domain.vocabulary;
  if (allowed.length === 0) throw new Error('allowed: expected at least one token, got none');
  const foreign = allowed.find((id) => !Number.isInteger(id) || id < 0 || id >= size);
  if (foreign !== undefined) {
    throw new Error(`allowed: expected ids from 0 to ${size - 1}, got ${foreign}`);
  }
  const goesOn = allowed.find((id) => !domain.stopTokens.includes(id));
  if (grammar.mustEnd(state) && goesOn !== undefined) {
    throw new Error(`allowed: expected stop tokens only where it must end, got ${goesOn}`);
  }
  return allowed;
}

function isOutput<E, P>(
  invalid: InvalidExample<E, P>,
): invalid is Extract<InvalidExample<E, P>, { tokens: readonly number[] }> {
  return 'tokens' in invalid;
}
