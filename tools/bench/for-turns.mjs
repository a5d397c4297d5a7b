import { createInterface } from 'node:readline';

/**
 * Prints what `measure` returns as a line of JSON: once on a terminal, else once for every line on
 * standard input, so that a benchmark can take turns with another program.
 */
export async function forTurns(measure) {
  const turns = process.stdin.isTTY ? [''] : createInterface({ input: process.stdin });
  const iterator = turns[Symbol.asyncIterator]?.() ?? turns[Symbol.iterator]();
  while (!(await iterator.next()).done) console.log(JSON.stringify(await measure()));
}
