/**
 * A text to learn copying from: lines that repeat something four to eight times. Six in ten repeat
 * random characters, which only the line itself predicts, the others a piece of a text.
 *   said-again.mjs TEXT [characters] [seed] > lines.txt
 */
import { readFileSync } from 'node:fs';

import { randomAt } from '@ramble/core';

const [LEAST, MOST] = [8, 40];
const [LEAST_TIMES, MOST_TIMES] = [4, 8];
const RANDOM_SHARE = 0.6;
/** Rarer characters of the text are left out. */
const LEAST_COUNT = 200;

const [path, length = '6000000', seed = '1'] = process.argv.slice(2);
const counts = new Map();
const read = Array.from(readFileSync(path, 'utf8').replaceAll(/\s+/g, ' '));
for (const character of read) counts.set(character, (counts.get(character) ?? 0) + 1);
const text = read.filter((character) => counts.get(character) > LEAST_COUNT);
const alphabet = [...new Set(text)].sort();

for (let [line, left] = [0, Number(length)]; left > 0; line++) {
  const random = randomAt({ seed: Number(seed), purpose: 'batch', step: line });
  const size = LEAST + random.integer(0, MOST - LEAST + 1);
  const times = LEAST_TIMES + random.integer(1, MOST_TIMES - LEAST_TIMES + 1);
  const start = random.integer(3, text.length - size);
  const said =
    random.uniform(2) < RANDOM_SHARE
      ? Array.from({ length: size }, (_, i) => alphabet[random.integer(4 + i, alphabet.length)])
      : text.slice(start, start + size);
  process.stdout.write(`${said.join('').repeat(times)}\n`);
  left -= size * times + 1;
}
