// `npm run bench:startup [-- ROUNDS]`: the processor time that commands take to start, in turns with a Node that does
// nothing. Prints medians, and their ratios to that Node.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { median } from './numbers.mjs';

const program = join(import.meta.dirname, '../../apps/ramble/bin/ramble.js');
const usage = join(import.meta.dirname, 'print-usage.cjs');
const COMMANDS = [
  ['node -e 0', ['-e', '0']],
  ...[
    '--version',
    '--help',
    'text train --help',
    'translation train --help',
    'summarization train --help',
    'music train --help',
    'band train --help',
  ].map((line) => [`ramble ${line}`, [program, ...line.split(' ')]]),
];

const rounds = Number(process.argv[2] ?? 9);
const seconds = COMMANDS.map(() => []);
for (let round = 0; round < rounds; round++) {
  COMMANDS.forEach(([, words], i) => seconds[i].push(timed(words)));
}
const medians = seconds.map(median);
COMMANDS.forEach(([name], i) => {
  const ratio = (medians[i] / medians[0]).toFixed(2);
  console.log(`${name.padEnd(32)} ${medians[i].toFixed(3)} s  ${ratio} x node`);
});

/** Returns the seconds of processor time of a process. */
function timed(words) {
  const { status, output } = spawnSync(process.execPath, ['--require', usage, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  if (status !== 0) throw new Error(`${words.join(' ')}: expected status 0, got ${status}`);
  return Number(output[3]);
}
