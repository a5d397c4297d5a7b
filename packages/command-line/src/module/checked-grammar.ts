import { allowedIds, type Grammar } from '@ramble/core';

import { blame } from './blame.js';
import { showValue } from './show-value.js';

/** A grammar whose errors begin with the name of its function. */
export function namedGrammar(own: Grammar<unknown>): Grammar<unknown> {
  return {
    start: (prompt) => blame('grammar.start', () => own.start(prompt)),
    advance: (state, id) => blame('grammar.advance', () => own.advance(state, id)),
    mustEnd: (state) => blame('grammar.mustEnd', () => own.mustEnd(state)),
    allowed: (state) => {
      const ids: unknown = blame('grammar.allowed', () => own.allowed(state));
      if (typeof ids === 'object' && ids !== null && Symbol.iterator in ids)
        return ids as Iterable<number>; // their values are checked by core
      throw new TypeError(`grammar.allowed: expected a list of ids, got ${showValue(ids)}`);
    },
  };
}

/** A grammar whose errors begin with the module's name and whose ids are checked. */
export function checkedGrammar(
  word: string,
  held: Parameters<typeof allowedIds>[0],
): Grammar<unknown> {
  const { grammar } = held;
  return {
    start: (prompt) => blame(word, () => grammar.start(prompt)),
    advance: (state, id) => blame(word, () => grammar.advance(state, id)),
    mustEnd: (state) => blame(word, () => grammar.mustEnd(state)),
    allowed: (state) => blame(word, () => allowedIds(held, state)),
  };
}
