import type { ModelConfig } from '@ramble/core';
import type { ScoreTable } from '@ramble/core/study';

import type { PagePrompt } from '../contract.js';

/** A cache of values with a maximum total size, which evicts the least recently used value first. */
export interface Recent<Value> {
  /**
   * Returns the value of a key.
   *
   * @param make - Makes the value if it is not in the cache.
   */
  of(key: string, make: () => Value): Value;
  /** Removes a value, unless its key has another value by now. */
  drop(key: string, value: Value): void;
}

/**
 * Creates a cache for values that are expensive to make.
 *
 * @param room - Maximum total size of the values; a larger value is not kept.
 * @param sizeOf - Returns the size of a value.
 */
export function recentValues<Value>(room: number, sizeOf: (value: Value) => number): Recent<Value> {
  const kept = new Map<string, { readonly value: Value; readonly size: number }>();
  let taken = 0;

  const drop = (key: string): void => {
    taken -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  return {
    of: (key, make) => {
      const value = kept.get(key)?.value ?? make();
      drop(key); // a map keeps its keys in insertion order
      const size = sizeOf(value);
      if (size > room) return value;
      while (taken + size > room) drop(kept.keys().next().value ?? key);
      kept.set(key, { value, size });
      taken += size;
      return value;
    },
    drop: (key, value) => {
      if (kept.get(key)?.value === value) drop(key);
    },
  };
}

/** Maximum number of scores of a layer in memory, counted before the mask, after it and after the softmax: 512 MB. */
const MAX_IN_MEMORY = 2 ** 27;
/** Maximum number of weights in an answer: 20 MB of JSON. */
const MAX_IN_ANSWER = 2 ** 21;

/**
 * Checks that the attention of a prompt fits into memory, and into an answer.
 *
 * @throws RangeError for a longer prompt.
 */
export function checkRoom(
  { nHead, contextLength }: ModelConfig,
  { tokens: { length } }: PagePrompt,
): void {
  const max = Math.floor(Math.sqrt(Math.min(MAX_IN_MEMORY / (3 * nHead), MAX_IN_ANSWER)));
  if (length <= max || length > contextLength) return; // prompts longer than the context have their own error
  throw new RangeError(
    `prompt: expected at most ${max} tokens, so that the attention of ${nHead} heads fits, got ${length}`,
  );
}

/**
 * Returns the table of one head.
 *
 * @throws RangeError if there is no such head.
 */
export function tableOf(tables: readonly ScoreTable[], head: number): ScoreTable {
  const table = tables.at(head);
  if (table) return table;
  throw new RangeError(`head: expected an integer from 0 to ${tables.length - 1}, got ${head}`);
}
