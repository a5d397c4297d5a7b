import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const manifest = new URL('../../package.json', import.meta.url);

/**
 * Prints the versions of the measured programs, and then the results of `measure`, each as a line of JSON: once on
 * a terminal, else once for every line on standard input, so that a benchmark can take turns with another program.
 */
export async function forTurns(measure, versions = { ramble: rambleVersion() }) {
  console.log(JSON.stringify({ versions }));
  const turns = process.stdin.isTTY ? [''] : createInterface({ input: process.stdin });
  const iterator = turns[Symbol.asyncIterator]?.() ?? turns[Symbol.iterator]();
  while (!(await iterator.next()).done) console.log(JSON.stringify(await measure()));
}

function rambleVersion() {
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
