import { checkTokenExample, type TokenExample } from '@ramble/core';

import { blamed } from './blame.js';
import { checkLists } from './check-lists.js';
import { showValue } from './show-value.js';

/**
 * The segments that a module cuts an example into, checked one by one as they are taken.
 *
 * @param name - The function, and what it was called with.
 * @throws Error for what are no segments, for one that does not fit into the context, and for more of
 *   them than the example has tokens, which might never end.
 */
export function* checkedSegments(
  name: string,
  make: () => unknown,
  length: number,
  sizes: { readonly contextLength: number; readonly vocabSize: number },
): Generator<TokenExample> {
  try {
    let count = 0;
    for (const segment of listOf(make())) {
      count++;
      if (count > length) {
        throw new RangeError(`expected at most ${length} segments, one per token, got more`);
      }
      checkSegment(`segment ${count}`, segment, sizes);
      yield segment;
    }
  } catch (error) {
    throw blamed(name, error);
  }
}

function listOf(segments: unknown): Iterable<TokenExample> {
  if (typeof segments === 'object' && segments !== null && Symbol.iterator in segments) {
    return segments as Iterable<TokenExample>; // each is checked as it is taken
  }
  throw new TypeError(`expected a list of { tokens, lossWeights }, got ${showValue(segments)}`);
}

function checkSegment(
  name: string,
  segment: TokenExample,
  { contextLength, vocabSize }: { readonly contextLength: number; readonly vocabSize: number },
): void {
  checkLists(name, segment, ['tokens', 'lossWeights']);
  checkTokenExample(name, segment, vocabSize);
  if (segment.tokens.length <= contextLength + 1) return;
  throw new RangeError(
    `${name}: expected at most ${contextLength + 1} tokens (contextLength + 1), got ${segment.tokens.length}`,
  );
}
