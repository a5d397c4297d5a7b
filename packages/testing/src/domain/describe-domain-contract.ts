import { type Domain, followGrammar, type Grammar, randomAt, type TokenPrompt } from '@ramble/core';
import { allowedIds, type GrammarDomain } from '@ramble/core/domain';

import { assertEqual, globalRunner, type TestRunner } from '../assert-close.js';
import {
  checkAugmentation,
  checkCrops,
  checkDecodingSurvives,
  checkExamples,
  checkFingerprint,
  checkPrompts,
  checkRefusals,
  checkRoundTrip,
  checkSaving,
  checkSegments,
  checkVocabulary,
  outputTokens,
} from './check-encoding.js';
import {
  type DomainContract,
  type InvalidExample,
  mutateTokens,
  MUTATIONS,
} from './domain-contract.js';

const MIN_EXAMPLES = 20;

/**
 * Describes the tests that every domain must pass, on its own examples.
 *
 * @param runner - Test runner; the globals of jest or vitest by default.
 * @throws RangeError for fewer than twenty valid or twenty invalid examples.
 */
export function describeDomainContract<
  Example,
  Prompt,
  Output,
  D extends Domain<Example, Prompt, Output>,
>(contract: DomainContract<Example, Prompt, Output, D>, runner: TestRunner = globalRunner()): void {
  const { name, create, valid, invalid, isValidOutput } = contract;
  for (const [kind, examples] of Object.entries({ valid, invalid })) {
    if (examples.length < MIN_EXAMPLES) {
      throw new RangeError(
        `${kind}: expected at least ${MIN_EXAMPLES} examples, got ${examples.length}`,
      );
    }
  }
  const { describe, it } = runner;
  const check = (sentence: string, body: (domain: D) => void): void => {
    it(sentence, async () => body(await create()));
  };

  describe(`domain ${name}`, () => {
    check('describes every token of its vocabulary', checkVocabulary);
    check('encodes valid examples as ids in range, with a weight for each', (domain) =>
      checkExamples(domain, valid),
    );
    check('refuses invalid examples and says why', (domain) => checkRefusals(domain, invalid));
    check('encodes a prompt as the beginning of its example', (domain) =>
      checkPrompts(domain, valid),
    );
    check('decodes the outputs that it encoded', (domain) => checkRoundTrip(domain, valid));
    check('decodes any tokens', (domain) => checkDecodingSurvives(domain, valid));
    check('makes valid variations', (domain) => checkAugmentation(domain, valid));
    check('cuts long examples to the context', (domain) => checkSegments(domain, valid));
    check('crops examples to a length that fits', (domain) => checkCrops(domain, valid));
    it('encodes the same when it is saved and loaded', () => checkSaving(contract));
    it('has a fingerprint of its vocabulary', () => checkFingerprint(contract));

    const checkGrammar = (
      sentence: string,
      body: (check: GrammarCheck<Example, Prompt, Output>) => void,
    ): void => {
      check(sentence, (domain) => {
        const { grammar } = domain;
        if (!grammar) return;
        if (!isValidOutput) {
          throw new Error(
            'isValidOutput: expected a function, as the domain has a grammar, got none',
          );
        }
        body({ domain, grammar, contract, isValidOutput });
      });
    };
    checkGrammar('has no grammar that blocks a valid example', checkNothingBlocked);
    checkGrammar('has no grammar that allows an invalid one', checkNothingSlipsThrough);
    checkGrammar('has no grammar that leads nowhere', checkWalks);
  });
}

/** Maximum number of tokens of a random walk through a grammar. */
const WALK_TOKENS = 300;

/** A domain, its contract, and its grammar. */
interface GrammarCheck<E, P, O> {
  readonly domain: Domain<E, P, O>;
  readonly grammar: Grammar<unknown>;
  readonly contract: Pick<DomainContract<E, P, O>, 'valid' | 'invalid'>;
  readonly isValidOutput: (tokens: readonly number[], prompt: TokenPrompt) => boolean;
}

/** Checks that the grammar allows every valid example. */
function checkNothingBlocked<E, P, O>(check: GrammarCheck<E, P, O>): void {
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
 * Checks that the grammar forbids every invalid output, and allows a mutated valid output exactly if `isValidOutput`
 * accepts it.
 */
function checkNothingSlipsThrough<E, P, O>(check: GrammarCheck<E, P, O>): void {
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
 * Checks random walks along allowed tokens. Every state must allow at least one token, and a step must not change the
 * state that it starts from. A walk ends at a stop token, and its tokens must then be a valid output.
 */
function checkWalks<E, P, O>(check: GrammarCheck<E, P, O>): void {
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
