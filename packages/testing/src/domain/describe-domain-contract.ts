import type { Domain } from '@ramble/core';

import { globalRunner, type TestRunner } from '../test-runner.js';
import {
  checkAugmentation,
  checkExamples,
  checkPrompts,
  checkRefusals,
  checkCrops,
  checkSegments,
  checkVocabulary,
} from './check-encoding.js';
import {
  checkNothingBlocked,
  checkNothingSlipsThrough,
  checkWalks,
  type GrammarCheck,
} from './check-grammar.js';
import { checkDecodingSurvives, checkRoundTrip } from './check-round-trip.js';
import { checkFingerprint, checkSaving } from './check-saving.js';
import type { DomainContract } from './domain-contract.js';

const LEAST_EXAMPLES = 20;

/**
 * The tests that every domain passes, on examples of its own.
 *
 * @param runner - Where the tests go; the globals of jest or vitest unless given.
 * @throws RangeError when there are fewer than twenty valid or twenty invalid examples.
 */
export function describeDomainContract<
  Example,
  Prompt,
  Output,
  D extends Domain<Example, Prompt, Output>,
>(contract: DomainContract<Example, Prompt, Output, D>, runner: TestRunner = globalRunner()): void {
  const { name, create, valid, invalid, isValidOutput } = contract;
  for (const [kind, examples] of Object.entries({ valid, invalid })) {
    if (examples.length < LEAST_EXAMPLES) {
      throw new RangeError(
        `${kind}: expected at least ${LEAST_EXAMPLES} examples, got ${examples.length}`,
      );
    }
  }
  const { describe, it } = runner;
  const check = (sentence: string, body: (domain: D) => void): void => {
    it(sentence, async () => body(await create()));
  };

  describe(`domain ${name}`, () => {
    check('has words for every token of its vocabulary', checkVocabulary);
    check('encodes valid examples as ids in range, with a weight for each', (domain) =>
      checkExamples(domain, valid),
    );
    check('refuses invalid examples and says why', (domain) => checkRefusals(domain, invalid));
    check('encodes a prompt as the beginning of its example', (domain) =>
      checkPrompts(domain, valid),
    );
    check('decodes what it encoded', (domain) => checkRoundTrip(domain, valid));
    check('decodes whatever a model may say', (domain) => checkDecodingSurvives(domain, valid));
    check('makes valid variations', (domain) => checkAugmentation(domain, valid));
    check('cuts long examples to the context', (domain) => checkSegments(domain, valid));
    check('crops examples to what fits', (domain) => checkCrops(domain, valid));
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
