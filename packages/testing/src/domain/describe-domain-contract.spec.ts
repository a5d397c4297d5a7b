import { fingerprint } from '@ramble/core';

import {
  bracketsContract,
  bracketsDomain,
  type BracketsDomain,
} from '../../test/brackets-domain.js';
import { collectTests, failureOf } from '../../test/collect-tests.js';
import { describeDomainContract } from './describe-domain-contract.js';
import type { DomainContract } from './domain-contract.js';

type Contract = DomainContract<string, string, string>;

describeDomainContract(bracketsContract);

describe('describeDomainContract', () => {
  const failure = (sentence: string, change: Partial<Contract>): Promise<string | undefined> =>
    failureOf(
      collectTests((runner) => describeDomainContract({ ...bracketsContract, ...change }, runner)),
      sentence,
    );
  /** Makes the contract of a domain with one fault. */
  const broken = (
    change: (domain: BracketsDomain) => Partial<BracketsDomain>,
  ): Partial<Contract> => ({
    create: () => {
      const domain = bracketsDomain('()');
      return Promise.resolve({ ...domain, ...change(domain) });
    },
  });
  const grammar = bracketsDomain('()').grammar!;

  it.each<[string, string, Partial<Contract>, string]>([
    [
      'ids out of range',
      'encodes valid examples as ids in range, with a weight for each',
      broken(() => ({ encodeExample: () => ({ tokens: [1, 4], lossWeights: [0, 1] }) })),
      'valid[0]: expected ids from 0 to 3, got 4',
    ],
    [
      'a weight too few',
      'encodes valid examples as ids in range, with a weight for each',
      broken(() => ({ encodeExample: () => ({ tokens: [1, 2], lossWeights: [1] }) })),
      'valid[0]: expected 2 weights, one per token, got 1',
    ],
    [
      'nothing to learn',
      'encodes valid examples as ids in range, with a weight for each',
      broken(() => ({ encodeExample: () => ({ tokens: [1, 2], lossWeights: [1, 0] }) })),
      'valid[0]: expected a weight above 0 after the first token, got none, so there is nothing to learn',
    ],
    [
      'a prefix that is too long',
      'encodes valid examples as ids in range, with a weight for each',
      broken(() => ({
        encodeExample: () => ({ tokens: [1, 2], lossWeights: [1, 1], prefixLength: 3 }),
      })),
      'valid[0]: expected prefixLength as an integer from 0 to 2, got 3',
    ],
    [
      'a token without words',
      'describes every token of its vocabulary',
      broken(() => ({ vocabulary: { size: 4, describe: (id) => (id === 3 ? '' : 'x') } })),
      'describe(3): expected a description, got none',
    ],
    [
      'a stop token that does not exist',
      'describes every token of its vocabulary',
      broken(() => ({ stopTokens: [4] })),
      'stopTokens: expected ids from 0 to 3, got 4',
    ],
    [
      'an invalid example accepted',
      'refuses invalid examples and says why',
      broken(() => ({ encodeExample: () => ({ tokens: [1, 2], lossWeights: [1, 1] }) })),
      'error for invalid[0]: expected "brackets: expected balanced ones, got \\"\\"", got "none"',
    ],
    [
      'a prompt that begins otherwise',
      'encodes a prompt as the beginning of its example',
      broken(() => ({ encodePrompt: () => ({ tokens: [1] }) })),
      'prompt of valid[0]: expected [0], got [1]',
    ],
    [
      'a prompt with another prefix',
      'encodes a prompt as the beginning of its example',
      broken(() => ({ encodePrompt: () => ({ tokens: [0], prefixLength: 1 }) })),
      'prefixLength of the prompt of valid[0]: expected 0, got 1',
    ],
    [
      'an output that is lost',
      'decodes the outputs that it encoded',
      broken(() => ({ decodeOutput: () => '(' })),
      'output of valid[0]: expected "()", got "("',
    ],
    [
      'decoding that throws',
      'decodes any tokens',
      broken(() => ({
        decodeOutput: (tokens) => {
          if (tokens.length === 0) throw new Error('nothing said');
          return '';
        },
      })),
      'decodeOutput: expected an output for [], got Error: nothing said',
    ],
    [
      'variations that differ for the same random numbers',
      'makes valid variations',
      broken(() => {
        let calls = 0;
        return { augment: () => '()'.repeat(1 + (calls++ % 2)) };
      }),
      'augmented valid[0], again: expected "()", got "()()"',
    ],
    [
      'segments that do not fit',
      'cuts long examples to the context',
      broken(() => ({ segments: (example) => [example] })),
      'segment of valid[1]: expected at most 5 tokens, got 6',
    ],
    [
      'crops that do not fit',
      'crops examples to a length that fits',
      broken(() => ({ crop: (example) => example })),
      'crop of valid[0] from 0: expected at most 2 tokens, got 4',
    ],
    [
      'loading that forgets',
      'encodes the same when it is saved and loaded',
      {
        factory: {
          ...bracketsContract.factory,
          load: () => Promise.resolve({ ...bracketsDomain('()'), stopTokens: [] }),
        },
      },
      'stopTokens: expected [3], got []',
    ],
    [
      'saving that forgets',
      'has a fingerprint of its vocabulary',
      { factory: { ...bracketsContract.factory, save: () => ({ 'brackets.txt': '()' }) } },
      `fingerprint of another vocabulary: expected one that differs from ${fingerprint({ 'brackets.txt': '()' })}, got the same`,
    ],
    [
      'a grammar that blocks too much',
      'has no grammar that blocks a valid example',
      broken(() => ({ grammar: { ...grammar, allowed: () => [2, 3] } })),
      'valid[0]: expected a grammar that allows every token, got 1 (() forbidden at 0',
    ],
    [
      'a grammar that allows too much',
      'has no grammar that allows an invalid one',
      broken(() => ({
        grammar: { ...grammar, mustEnd: () => false, allowed: () => [0, 1, 2, 3] },
      })),
      'invalid output 0 is allowed: expected false, got true',
    ],
    [
      'a grammar that leads nowhere',
      'has no grammar that leads nowhere',
      broken(() => ({ grammar: { ...grammar, allowed: () => [] } })),
      'grammar.allowed: expected at least one token, got none',
    ],
    [
      'a grammar that continues at a required end',
      'has no grammar that leads nowhere',
      broken(() => ({ grammar: { ...grammar, mustEnd: () => true } })),
      'grammar.allowed: expected only stop tokens where the output must end, got 1',
    ],
    [
      'a grammar without a check of outputs',
      'has no grammar that leads nowhere',
      { isValidOutput: undefined },
      'isValidOutput: expected a function, as the domain has a grammar, got none',
    ],
  ])('finds %s', async (_, sentence, change, message) => {
    expect((await failure(sentence, change))?.replace(/^\w*Error: /, '')).toBe(message);
  });

  it('refuses too few examples', () => {
    const few = { ...bracketsContract, valid: bracketsContract.valid.slice(0, 19) };
    expect(() => describeDomainContract(few)).toThrow(
      new RangeError('valid: expected at least 20 examples, got 19'),
    );
    expect(() => describeDomainContract({ ...bracketsContract, invalid: [] })).toThrow(
      new RangeError('invalid: expected at least 20 examples, got 0'),
    );
  });
});
