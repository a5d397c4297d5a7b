import {
  type AnyDomain,
  checkTokenExample,
  checkTokenIds,
  checkTokenPrompt,
  followGrammar,
  type GrammarDomain,
  type TokenExample,
} from '@ramble/core';

import { promptOf } from '../data/example-prompts.js';
import { blame, blameNow } from './blame.js';
import { checkLists } from './check-lists.js';
import { checkedGrammar, namedGrammar } from './checked-grammar.js';
import { checkedSegments } from './checked-segments.js';
import { ownParts } from './own-parts.js';
import { showTokens, showValue } from './show-value.js';

/** Examples that are held against grammar and loaded twin: mistakes show in the first ones. */
const CHECKED_EXAMPLES = 20;
/** Tokens of them that the grammar is followed through: some look at a whole board for each. */
const CHECKED_TOKENS = 1000;

/**
 * A domain whose every answer is checked, so that a mistake in it is named with its function and what
 * that was called with, and no model learns from it.
 *
 * @param word - What the user named its module by.
 * @param loaded - The domain that was loaded from what this one saved; it must encode the same.
 * @throws RangeError when its stop tokens are no ids.
 */
export function checkedDomain(word: string, domain: AnyDomain, loaded?: AnyDomain): AnyDomain {
  const own = ownParts(domain);
  const vocabulary = checkedVocabulary(word, ownParts(own.vocabulary));
  const { size } = vocabulary;
  const { stopTokens, encodeOutput, allowSpecialTokens, augment, segments, crop } = own;
  checkTokenIds(`${word}: stopTokens`, stopTokens, size);
  const grammar = own.grammar && namedGrammar(own.grammar);
  const held = grammar && { grammar, vocabulary, stopTokens };
  let encoded = 0;

  return {
    ...own,
    vocabulary,
    encodeExample: (example) => {
      const name = `${word}: encodeExample of ${showValue(example)}`;
      const sequence = blame(name, () => own.encodeExample(example));
      checkLists(name, sequence, ['tokens', 'lossWeights']);
      checkTokenExample(name, sequence, size);
      if (encoded++ < CHECKED_EXAMPLES) {
        if (held) checkUnblocked(`${word}: grammar of ${showValue(example)}`, held, sequence);
        if (loaded) checkTwin(word, example, sequence, loaded);
        Array.from(sequence.tokens)
          .slice(0, CHECKED_TOKENS)
          .forEach((id) => vocabulary.describe(id));
      }
      return sequence;
    },
    encodePrompt: (prompt) => {
      const name = `${word}: encodePrompt of ${showValue(prompt)}`;
      const encodedPrompt = blame(name, () => own.encodePrompt(prompt));
      checkLists(name, encodedPrompt, ['tokens']);
      checkTokenPrompt(name, encodedPrompt, size);
      return encodedPrompt;
    },
    decodeOutput: (tokens) =>
      blameNow(`${word}: decodeOutput of ${showValue(tokens)}`, () => own.decodeOutput(tokens)),
    ...(encodeOutput && {
      encodeOutput: (output: unknown) => {
        const name = `${word}: encodeOutput of ${showValue(output)}`;
        const ids = blame(name, () => encodeOutput(output));
        checkLists(name, { ids }, ['ids']);
        checkTokenIds(name, ids, size);
        return ids;
      },
    }),
    ...(allowSpecialTokens && {
      allowSpecialTokens: () =>
        checkedDomain(
          word,
          blame(`${word}: allowSpecialTokens`, () => allowSpecialTokens()),
        ),
    }),
    ...(augment && {
      augment: (example, random) =>
        blameNow(`${word}: augment of ${showValue(example)}`, () => augment(example, random)),
    }),
    ...(segments && {
      segments: (example, contextLength) =>
        checkedSegments(
          `${word}: segments of ${showTokens(example.tokens)}`,
          () => segments(example, contextLength),
          example.tokens.length,
          { contextLength, vocabSize: size },
        ),
    }),
    ...(crop && {
      crop: (example, start, most) => {
        const name = `${word}: crop of ${showTokens(example.tokens)} from ${start}`;
        const part = blame(name, () => crop(example, start, most));
        checkLists(name, part, ['tokens', 'lossWeights']);
        checkTokenExample(name, part, size);
        if (part.tokens.length <= most) return part;
        throw new RangeError(`${name}: expected at most ${most} tokens, got ${part.tokens.length}`);
      },
    }),
    ...(held && { grammar: checkedGrammar(word, held) }),
  };
}

function checkedVocabulary(word: string, own: AnyDomain['vocabulary']): AnyDomain['vocabulary'] {
  return {
    size: own.size,
    describe: (id) => {
      const name = `${word}: vocabulary.describe of ${id}`;
      const text: unknown = blame(name, () => own.describe(id));
      if (typeof text === 'string') return text;
      throw new TypeError(`${name}: expected a string, got ${showValue(text)}`);
    },
  };
}

function checkUnblocked(name: string, held: GrammarDomain, example: TokenExample): void {
  const ids = Array.from(example.tokens);
  const { outputStart = promptOf(example).tokens.length, prefixLength } = example;
  const prompt = { tokens: ids.slice(0, outputStart), prefixLength, outputStart };
  const output = ids.slice(outputStart, outputStart + CHECKED_TOKENS);
  const { forbidden } = blame(name, () => followGrammar(held, prompt, output));
  if (forbidden === undefined) return;
  const id = output[forbidden];
  throw new RangeError(
    `${name}: expected every token of the example allowed, got ${id} ` +
      `(${held.vocabulary.describe(id)}) forbidden as token ${forbidden + 1} of its output`,
  );
}

function checkTwin(
  word: string,
  example: unknown,
  { tokens }: TokenExample,
  twin: AnyDomain,
): void {
  const name = `${word}: factory.load: encodeExample of ${showValue(example)}`;
  const again = blame(name, () => twin.encodeExample(example));
  const [expected, got] = [tokens, again.tokens].map((ids) => Array.from(ids).join());
  if (got === expected) return;
  throw new Error(
    `${name}: expected [${expected}], the value before it was saved, got [${got}]; save all that load needs`,
  );
}
