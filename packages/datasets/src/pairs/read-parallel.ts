import type { DataFile } from '@ramble/core';
import { fileLines } from '@ramble/core/files';

import type { TextPair } from './text-pair.js';

type Lines = Pick<DataFile, 'name' | 'chunks'>;

/**
 * Reads two parallel files at constant memory: line n of one belongs to line n of the other. Empty
 * lines are pairs too.
 *
 * @throws Error with both counts when one has more lines, or as `fileLines`.
 */
export async function* readParallel(first: Lines, second: Lines): AsyncGenerator<TextPair> {
  const [firsts, seconds] = [fileLines(first), fileLines(second)];
  for (let count = 0; ; count++) {
    const [a, b] = [await firsts.next(), await seconds.next()];
    if (a.done && b.done) return;
    if (a.done || b.done) {
      const [here, there] = [count, count + 1 + (await rest(a.done ? seconds : firsts))];
      const [firstCount, secondCount] = a.done ? [here, there] : [there, here];
      throw new Error(
        `${second.name}: expected as many lines as ${first.name} (${firstCount}), got ${secondCount}`,
      );
    }
    yield { first: a.value, second: b.value };
  }
}

async function rest(lines: AsyncIterable<string>): Promise<number> {
  const reader = lines[Symbol.asyncIterator]();
  let count = 0;
  while (!(await reader.next()).done) count++;
  return count;
}
