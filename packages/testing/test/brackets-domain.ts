import type { Domain, TokenPrompt } from '@ramble/core';

import type { DomainContract } from '../src/domain/domain-contract.js';

/** Balanced brackets, at most eight: a small domain with a grammar. */
export type BracketsDomain = Domain<string, string, string>;

const [START, OPEN, CLOSE, END] = [0, 1, 2, 3];
const MAX_LENGTH = 8;

interface State {
  readonly length: number;
  readonly depth: number;
}

export function bracketsDomain(brackets: string): BracketsDomain {
  const encode = (text: string): number[] =>
    Array.from(text, (letter) => OPEN + brackets.indexOf(letter));
  return {
    name: 'brackets',
    vocabulary: { size: 4, describe: (id) => ['<start>', brackets[0], brackets[1], '<end>'][id] },
    stopTokens: [END],
    encodeExample: (text) => {
      if (!isBalanced(encode(text))) {
        throw new RangeError(`brackets: expected balanced ones, got ${JSON.stringify(text)}`);
      }
      const tokens = [START, ...encode(text), END];
      return { tokens, lossWeights: tokens.map((_, i) => (i === 0 ? 0 : 1)) };
    },
    encodePrompt: (text) => ({ tokens: [START, ...encode(text)] }),
    decodeOutput: (tokens) =>
      tokens.map((id) => (id === OPEN || id === CLOSE ? brackets[id - OPEN] : '')).join(''),
    grammar: {
      start: ({ tokens }): State =>
        Array.from(tokens).slice(1).reduce(after, { length: 0, depth: 0 }),
      advance: (state, id) => after(state as State, id), // states are its own
      allowed: (state) => allowed(state as State), // as above
      mustEnd: (state) => (state as State).length >= MAX_LENGTH, // as above
    },
  };
}

/** Contract of the domain, for `describeDomainContract`. */
export const bracketsContract: DomainContract<string, string, string> = {
  name: 'brackets',
  create: () => Promise.resolve(bracketsDomain('()')),
  createOther: () => Promise.resolve(bracketsDomain('[]')),
  factory: {
    save: ({ vocabulary }) => ({
      'brackets.txt': vocabulary.describe(OPEN) + vocabulary.describe(CLOSE),
    }),
    load: (files) => Promise.resolve(bracketsDomain(files['brackets.txt'])),
  },
  valid: [2, 4, 6, 8].flatMap(allBalanced).map((example, i) => {
    const at = i % example.length;
    return { example, prompt: example.slice(0, at), output: example.slice(at) };
  }),
  invalid: [
    ...['', '(', ')', ')(', '())', '(()', '(((((()))))', '()x', '((((((((((', '))'].map(
      (example) => ({
        example,
        message: `brackets: expected balanced ones, got ${JSON.stringify(example)}`,
      }),
    ),
    ...[
      [END],
      [CLOSE],
      [OPEN],
      [OPEN, END],
      [START, END],
      [OPEN, CLOSE],
      [OPEN, CLOSE, CLOSE, END],
    ].map((tokens) => ({ prompt: '', tokens })),
    { prompt: '()()()()', tokens: [OPEN, CLOSE, END] },
    { prompt: '(()', tokens: [END] },
    { prompt: '(()', tokens: [CLOSE, END, END] },
  ],
  isValidOutput: (tokens: readonly number[], prompt: TokenPrompt) => {
    const whole = [...Array.from(prompt.tokens).slice(1), ...tokens];
    return whole.at(-1) === END && isBalanced(whole.slice(0, -1));
  },
};

function after({ length, depth }: State, id: number): State {
  return { length: length + 1, depth: depth + (id === OPEN ? 1 : -1) };
}

function allowed({ length, depth }: State): number[] {
  return [
    ...(length + depth + 2 <= MAX_LENGTH ? [OPEN] : []),
    ...(depth > 0 ? [CLOSE] : []),
    ...(depth === 0 && length > 0 ? [END] : []),
  ];
}

function isBalanced(ids: readonly number[]): boolean {
  let depth = 0;
  for (const id of ids) {
    if (id !== OPEN && id !== CLOSE) return false;
    depth += id === OPEN ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0 && ids.length > 0 && ids.length <= MAX_LENGTH;
}

function allBalanced(length: number): string[] {
  if (length === 0) return [''];
  return Array.from({ length: length / 2 }, (_, inside) =>
    allBalanced(2 * inside).flatMap((first) =>
      allBalanced(length - 2 - 2 * inside).map((rest) => `(${first})${rest}`),
    ),
  ).flat();
}
