import { createInterface } from 'node:readline';

/**
 * Prints what `measure` returns as a line of JSON: once on a terminal, else once for every line on
 * standard input, so that a benchmark can take turns with another program.
 */
export async function forTurns(measure) {
  const turns = process.stdin.isTTY ? [''] : createInterface({ input: process.stdin });
  for await (const _ of turns) console.log(JSON.stringify(await measure()));
}
