import {
  allowedIds,
  checkTokenExample,
  checkTokenIds,
  checkTokenPrompt,
  followGrammar,
  type GrammarDomain,
  type TokenExample,
} from '@ramble/core';

import { promptOf } from '../data/example-prompts.js';
import type { AnyDomain } from '../model/open-model.js';
import { blame } from './blame.js';
import { ownParts } from './own-parts.js';
import { showValue } from './show-value.js';

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
  const vocabulary = ownParts(own.vocabulary);
  const { size } = vocabulary;
  const { stopTokens, encodeOutput } = own;
  checkTokenIds(`${word}: stopTokens`, stopTokens, size);
  const grammar = own.grammar && ownParts(own.grammar);
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
      blame(`${word}: decodeOutput of ${showValue(tokens)}`, () => own.decodeOutput(tokens)),
    ...(encodeOutput && {
      encodeOutput: (output: unknown) => {
        const name = `${word}: encodeOutput of ${showValue(output)}`;
        const ids = blame(name, () => encodeOutput(output));
        checkLists(name, { ids }, ['ids']);
        checkTokenIds(name, ids, size);
        return ids;
      },
    }),
    ...(held && {
      grammar: {
        ...held.grammar,
        allowed: (state: unknown) => blame(word, () => allowedIds(held, state)),
      },
    }),
  };
}

/** Whether an encoding has the lists that it must; their numbers are checked by core. */
function checkLists(name: string, value: unknown, parts: readonly string[]): void {
  const lists = (typeof value === 'object' ? value : undefined) as
    Readonly<Record<string, unknown>> | null | undefined; // whatever a module gives
  const isList = (list: unknown): boolean =>
    typeof list === 'object' && list !== null && 'length' in list;
  if (parts.every((part) => isList(lists?.[part]))) return;
  throw new TypeError(`${name}: expected { ${parts.join(', ')} }, got ${showValue(value)}`);
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
    `${name}: expected [${expected}], as before it was saved, got [${got}]; save all that load needs`,
  );
}
